package ciguard

/**
 * The words of a command line, and how each shell is told them.
 *
 * Only calls that the sandbox allows; values in, values out.
 */
class Words implements Serializable {
    private static final long serialVersionUID = 1

    /** The words of a list as they are; those of a string at its blanks, with double quotes around one. */
    static List of(Object given) {
        List found = []
        if (given instanceof List) {
            for (int i = 0; i < given.size(); i++) {
                found.add(given[i].toString())
            }
            return found
        }
        String rest = given.toString().trim()
        while (!rest.isEmpty()) {
            boolean enclosed = rest.startsWith('"')
            int end = rest.indexOf(enclosed ? '"' : ' ', 1)
            end = end < 0 ? rest.length() : end
            found.add(rest.substring(enclosed ? 1 : 0, end))
            rest = rest.substring(Math.min(end + (enclosed ? 1 : 0), rest.length())).trim()
        }
        return found
    }

    /** Whether the text means its words to this shell and nothing more: no variable, pipe, second line. */
    static boolean areAll(String text, String shell) {
        // a backslash is no letter like any other to sh
        String bare = shell == 'sh' ? '[A-Za-z0-9_.:/=+,@-]+' : '[A-Za-z0-9_.:/\\\\=+,@-]+'
        String word = "(${bare}|\"[A-Za-z0-9_.:/=+,@ -]+\")"
        return text.matches("${word}( +${word})*".toString())
    }

    /** The word in this shell's source, so that it arrives at the program as it is; null if that is not sure. */
    static String quote(String word, String shell) {
        if (shell == 'sh') {
            return word.matches('[A-Za-z0-9_.:/=+,@-]+') ? word : "'" + word.replace("'", "'\\''") + "'"
        }
        return shell == 'bat' ? quoteForCmd(word) : quoteForPowerShell(word)
    }

    private static String quoteForCmd(String word) {
        if (word.matches('(?s).*["%\\r\\n].*')) {
            return null // variables are expanded between quotes too, and programs differ about a quote inside
        }
        if (word.matches('[A-Za-z0-9_.:/\\\\+-]+')) {
            return word
        }
        return '"' + word.replaceAll('(\\\\+)$', '$1$1') + '"' // else a backslash would quote the closing quote
    }

    /** For Windows PowerShell 5.1 too, which loses empty words and mixes up quotes inside one. */
    private static String quoteForPowerShell(String word) {
        if (word.isEmpty() || word.matches('(?s).*["\\r\\n].*|(?s).* .*\\\\')) {
            return null
        }
        // typographic apostrophes end a text as the plain one does; doubled, each stands for itself
        return "'" + word.replaceAll("(['\u2018\u2019\u201a\u201b])", '$1$1') + "'"
    }
}
