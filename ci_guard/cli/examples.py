"""Examples for each page of help: the line to type, and what it is good for. Only data."""

from collections.abc import Mapping

Example = tuple[str, str]

EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "ci-guard": (
        ("ci-guard -- uv sync", "guard a step"),
        ("ci-guard --junit reports/TEST-install.xml -- npm ci", "show in the CI's test report what happened"),
        ("ci-guard --attempts 10 --deadline 30m -- pip install -r requirements.txt", "be more patient"),
        ("ci-guard --dry-run -- uv tool install ruff", "see what would be done"),
    ),
    "ci-guard policy": (
        ("ci-guard policy init", "begin with a commented file"),
        ("ci-guard policy check", "list all mistakes of the policy that applies here"),
    ),
    "ci-guard policy init": (
        ("ci-guard policy init", "write `.ci-guard.yml` into this folder"),
        ("ci-guard policy init --force", "start over, in place of the file that is there"),
    ),
    "ci-guard policy check": (
        ("ci-guard policy check", "check the policy that applies in this folder"),
        ("ci-guard policy check ci/*.yml", "check several files, as a pre-commit hook does"),
    ),
    "ci-guard policy show": (
        ("ci-guard policy show -- uv sync", "see what applies to `uv sync`, and where each value was set"),
        ("ci-guard policy show --format json -- uv sync", "the same for a program to read"),
    ),
    "ci-guard policy test": (("ci-guard policy test", "run the `tests:` of the policy"),),
    "ci-guard policy schema": (
        ("ci-guard policy schema > ci-guard.schema.json", "give the schema to an editor"),
    ),
    "ci-guard explain": (
        ("ci-guard explain console.log", "explain the saved log of a step"),
        ('ci-guard explain --command "uv sync" --exit-status 2 -', "explain what comes from a pipe"),
        ("ci-guard explain --format json logs/ > verdicts.jsonl", "classify all logs of a folder"),
    ),
    "ci-guard doctor": (
        ("ci-guard doctor", "look at this machine, and change nothing"),
        ("ci-guard doctor --probe", "also measure how long a scanner holds fresh files"),
        ("ci-guard doctor --write-policy", "put what was measured into `.ci-guard.yml`"),
    ),
    "ci-guard evidence": (
        ("ci-guard evidence reports/ -o evidence.zip", "pack the incidents of all records of a folder"),
        ("ci-guard evidence --compare before/ after/", "find out whether the exclusion works"),
    ),
    "ci-guard report": (
        ("ci-guard report records/", "print the picture as Markdown"),
        ("ci-guard report --html report.html records/", "write it as one page"),
    ),
    "ci-guard tools": (
        ("ci-guard tools", "list the tools that are known"),
        ("ci-guard tools uv", "show all that is known about uv"),
    ),
    "ci-guard jenkins": (
        ("ci-guard jenkins scan team --last 20", "see what failed in the last builds of a folder"),
        ("ci-guard jenkins fleet team", "see which agents suffer"),
    ),
    "ci-guard jenkins scan": (
        ("ci-guard jenkins scan team/app/main --last 100", "look at the last hundred builds of a job"),
        ("ci-guard jenkins scan team --records kept", "keep them for `ci-guard report kept`"),
    ),
    "ci-guard jenkins fleet": (
        ("ci-guard jenkins fleet team", "count the locks by agent, job, tool and path"),
        ("ci-guard jenkins fleet team --html fleet.html", "show it as a page"),
    ),
    "ci-guard jenkins describe": (
        ("ci-guard jenkins describe run.json", "show the description, and change nothing"),
        ("ci-guard jenkins describe run.json --yes", "write it into the description of the running build"),
    ),
    "ci-guard jenkins rerun": (
        ("ci-guard jenkins rerun team/app/main", "show which builds would be run again"),
        ("ci-guard jenkins rerun team/app/main --yes", "run them again"),
    ),
    "ci-guard jenkins quarantine": (
        ("ci-guard jenkins quarantine team --rate 20", "show which agents would be taken offline"),
        ("ci-guard jenkins quarantine team --rate 20 --yes", "take them offline, with the reason"),
    ),
    "ci-guard shim": (
        ("ci-guard shim install uv pip npm", "guard what scripts start by these names"),
        ("ci-guard shim list", "see which programs are guarded"),
    ),
    "ci-guard shim install": (
        ("ci-guard shim install uv pip npm", "write the shims, and see how to put them on the PATH"),
        (
            "ci-guard shim install --folder /opt/shims uv",
            "write them into a folder of your own, as in a Dockerfile",
        ),
    ),
    "ci-guard shim remove": (
        ("ci-guard shim remove uv", "remove one"),
        ("ci-guard shim remove", "remove all"),
    ),
    "ci-guard shim list": (("ci-guard shim list", "see the program behind each shim"),),
    "ci-guard record": (("ci-guard record schema > run.schema.json", "save the schema of the records"),),
    "ci-guard record schema": (
        ("ci-guard record schema > run.schema.json", "save the schema of the records"),
    ),
    "ci-guard completion": (
        (
            "ci-guard completion bash > ~/.local/share/bash-completion/completions/ci-guard",
            "complete in bash",
        ),
        ("ci-guard completion fish > ~/.config/fish/completions/ci-guard.fish", "complete in fish"),
        ("ci-guard completion powershell >> $PROFILE", "complete in PowerShell"),
    ),
    "ci-guard help": (
        ("ci-guard help policy check", "show the help of a command"),
        ("ci-guard help exit-status", "show what the exit status says"),
    ),
    "ci-guard version": (("ci-guard version", "show what a report of a defect should name"),),
    "ci-guard demo": (
        ("ci-guard demo", "watch a lock and the recovery from it"),
        ("ci-guard demo --keep", "keep the scratch folder to look at"),
    ),
}
