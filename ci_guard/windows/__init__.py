"""What Windows itself defines: path forms, access rights, opening a file. Pure where it can be; no policy."""
