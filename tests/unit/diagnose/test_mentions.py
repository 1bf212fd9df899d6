"""Words of a lock that are only spoken of lead to no retry; the same words said below them do."""

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category

pytestmark = pytest.mark.table

REFUSALS = {
    "python": r"PermissionError: [WinError 32] The process cannot access the file: 'C:\\ws\\a.exe'",
    "node": r"EPERM: operation not permitted, rename 'C:\ws\a' -> 'C:\ws\b'",
    "rust": r"failed to rename `C:\ws\a` to `C:\ws\b`: Access is denied. (os error 5)",
    "windows": "The process cannot access the file because it is being used by another process.",
    "linker": r"ld: cannot open output file C:\ws\a.exe: Permission denied",
}
FRAMES = {
    "source line": "   12 |     fail({});\n      |     ^~~\n",
    "failing line": "    > 13 |   expect(await retry(error)).toBe({});\n",
    "traceback": '  File "D:\\ws\\a.py", line 3, in work\n    report({})\nValueError: no',
    "pytest source": "    def test_it(self):\n        # {}\n>       open(self.name)\nE       OSError: no",
    "pytest difference": "E         - {}\nE         + no",
    "pytest name": "tests/test_a.py::test_kind[{}] PASSED [ 10%]",
    "captured": "---- Captured stdout call ----\nsimulating {}\n==== short test summary info ====",
    "jest console": "  console.warn\n    retrying {}\n\n      at log (src/retry.ts:12:11)",
    "jest name": "  \u25cf retry \u203a says {}\n\n    expect(received).toBe(expected)",
    "vitest name": " FAIL  src/a.test.ts > retry > says {}",
    "tap": "# Subtest: retries on {}\nok 1 - retries on {}\nnot ok 2 - counts",
    "diff": "diff --git a/errors.md b/errors.md\n--- a/errors.md\n+++ b/errors.md\n-{}\n+nothing",
    "phpunit": "--- Expected\n+++ Actual\n@@ @@\n-'{}'\n+'ok'",
    "comparison": "'ok' != '{}'",
    "googletest": '    Which is: "{}"',
    "rust assertion": '  left: "{}"\n right: "denied"',
    "cmd.exe": 'D:\\ws>orla retry --on "{}"\n',
    "powershell": 'PS D:\\ws> orla retry --on "{}"\n',
    "set -x": "+ PATTERN='{}'\n+ exit 1",
    "azure": '##[command]orla retry --on "{}"',
    "github": "##[group]Run ./check.sh\n./check.sh\nenv:\n  RETRY_ON: {}\n##[endgroup]",
    "list": 'patterns:\n  - "{}"\n',
    "argparse": "usage: orla [--on TEXT]\n  --on TEXT  such as {}\norla: error: argument --on: none",
    "eslint": '  12:9  error  Strings must use singlequote: "{}"  quotes',
    "flake8": "src\\a.py:12:80: E501 line too long: x = '{}'",
    "note": 'a.cpp(12): note:   return "{}";',
    "statement": '   throw new Error("{}");',
    "echo": 'echo "{}" | grep -q denied',
    "commit": "* 1a2b3c4 Retry on {}",
    "advice": 'If you see "{}", run the command again.',
    "ansible": 'ok: [win1] => {{"msg": "{}"}}',
    "jest title": "    \u2715 says {} (41 ms)",
    "xunit": "Assert.Throws() Failure: another type\nActual: typeof(A)\n---- A : {}\n  Stack Trace:",
    "testthat": '`msg` not equal to "{}".',
    "pester": "at $message | Should -Be '{}', C:\\ws\\a.Tests.ps1:12",
    "pylint": "src\\a.py:44:8: W0719: Raising too general exception: Exception('{}')",
    "rustfmt": 'Diff in \\\\?\\D:\\ws\\a.rs:41:\n-    bail!("{}");\n+    bail!(',
    "clang-tidy": 'D:\\ws\\a.cpp:12:3: error: do not run "{}" here [cert-env33-c]',
    "verbose": "VERBOSE: patterns: {}",
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_what_is_spoken_of_did_not_happen(frame: str, refusal: str) -> None:
    spoken_of = frame.format(refusal, *[refusal] * (frame.count("{}") - 1))
    assert category(f"working\n{spoken_of}\n") is not Category.ANTIVIRUS_LOCK
    assert category(f"working\n{spoken_of}\nError: {refusal}\n") is Category.ANTIVIRUS_LOCK
    assert category(f"Error: {refusal}\n") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "said",
    [
        "FAILED tests/test_a.py::test_kind - {}",
        "\u2716 {}",
        "\u00d7 {}",
        'time=10:11 level=error msg="{}"',
        'Exception calling "Copy" with "2" argument(s): "{}"',
        "fatal: [win1]: FAILED! => {{'msg': '{}'}}",
        "throw err;\n^\n{}",
        "riga: {}",
        "    + CategoryInfo : WriteError\nriga: {}",
    ],
)
def test_a_message_in_quotes_is_still_a_message(said: str) -> None:
    for refusal in (REFUSALS["node"], REFUSALS["rust"]):
        assert category(said.format(refusal)) is Category.ANTIVIRUS_LOCK
