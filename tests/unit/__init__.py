"""The tests of each room of the program, in a folder of the room's name."""
