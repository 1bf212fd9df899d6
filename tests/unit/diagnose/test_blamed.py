"""A tool that blames an antivirus is believed, in any words; not where no file was refused."""

from itertools import product

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category

pytestmark = pytest.mark.table

LOCK = Category.ANTIVIRUS_LOCK
SCANNERS = (
    "an antivirus",
    "anti-virus software",
    "your virus scanner",
    "a real-time scanner (such as Windows Defender)",
    "Microsoft Defender",
    "the endpoint protection",
    "CrowdStrike Falcon or another EDR",
    "security software",
    "McAfee",
    "SentinelOne",
)
BLAMES = (
    "the file is probably locked by {}",
    "this is usually caused by {} holding the file open",
    "{} may be scanning the file; please try again",
    "is {} locking it?",
    "perhaps {} is interfering with the build",
    "it may have been blocked by {}",
    "Exclude the output folder from {}",
    "try disabling {} and build again",
)
FAILS = (
    "error: could not replace output.bin: ",
    "Failed to commit the output.\n",
    "ERROR: build step 3 failed\n",
)


@pytest.mark.parametrize(("fails", "blames"), list(product(FAILS, BLAMES)))
@pytest.mark.parametrize("scanner", SCANNERS)
def test_who_blames_a_scanner_is_believed(fails: str, blames: str, scanner: str) -> None:
    text = f"building\n{fails}{blames.format(scanner)}\n"
    assert category(text) is LOCK, text


@pytest.mark.parametrize(
    "words",
    [
        "Fehler beim Umbenennen der Ausgabe: Möglicherweise blockiert ein Virenscanner die Datei.",
        "Erreur : le fichier est peut-être verrouillé par un logiciel antivirus",
        "Error: es posible que un antivirus esté bloqueando el archivo",
        "Errore: il file è forse bloccato da un antivirus",
    ],
)
def test_in_other_languages_too(words: str) -> None:
    assert category(f"build\n{words}\n") is LOCK


OTHERWISE = {
    "npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY\nnpm error unable to get local issuer certificate": (
        Category.NETWORK,
        Category.AUTHENTICATION,
        Category.CONFIGURATION,
    ),
    "error: the remote server returned an error: (404) Not Found.": (
        Category.NETWORK,
        Category.RESOLUTION,
        Category.UNKNOWN,
    ),
    "Error: connect ETIMEDOUT 10.0.0.1:443": (Category.NETWORK,),
    "curl: (35) schannel: next InitializeSecurityContext failed": (Category.NETWORK,),
    "ERROR: Checksum for 'C:\\ci\\a.exe' did not meet '0a1b' for checksum type 'sha256'.": (
        Category.INTEGRITY,
    ),
    "fatal: unable to access 'https://git.example/a.git/': Failed to connect to git.example port 443": (
        Category.NETWORK,
    ),
}
ADVISES = (
    "This may be caused by a proxy or an antivirus that intercepts the connection.",
    "Please check whether your antivirus or firewall is blocking the download.",
    "Make sure that antivirus software is not interfering with the request.",
    "It may be blocked by your firewall or antivirus",
)


@pytest.mark.parametrize(("fails", "advises"), list(product(OTHERWISE, ADVISES)))
def test_no_lock_is_what_failed_without_a_file(fails: str, advises: str) -> None:
    for text in (f"{fails}\n{advises}\n", f"{advises}\n{fails}\n"):
        assert category(text) in OTHERWISE[fails], text


@pytest.mark.parametrize("advises", ADVISES)
def test_a_guess_about_the_network_alone_is_no_lock(advises: str) -> None:
    assert category(f"Error: could not fetch the package list.\n{advises}\n") is not LOCK


@pytest.mark.parametrize(
    "words",
    [
        "test_antivirus_scan_is_locked FAILED",
        "src/antivirus.c:12:3: error: expected ';' before 'return'",
        "Scanning with CrowdStrike Falcon finished\nerror: 3 tests failed",
        "McAfee agent 5.7 is installed\nerror: 3 tests failed",
        "exclude: antivirus, tests\nerror: 3 tests failed",
    ],
)
def test_who_only_names_a_scanner_blames_none(words: str) -> None:
    assert category(f"build\n{words}\n") is not LOCK
