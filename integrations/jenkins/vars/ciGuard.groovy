// ciGuard: one step of a pipeline under ci-guard. Parameters and examples: ciGuard.txt beside this file.
//
// For CPS and the sandbox: what lives across a step is strings, numbers, lists and maps of them (serialisable);
// loops over lists instead of closures with steps inside; no call that script-security's list does not allow.
import ciguard.Words
import groovy.json.JsonSlurper

/** ciGuard 'uv sync' */
Map call(String command, Closure body = null) {
    return perform([command: command], body)
}

/** ciGuard 'uv sync', name: 'install' */
Map call(Map options, String command, Closure body = null) {
    return perform(options + [command: command], body)
}

/** ciGuard(command: 'uv sync', ...) { what needs the result, on the agent that has it } */
Map call(Map options, Closure body = null) {
    return perform(options, body)
}

private Map perform(Map options, Closure body) {
    Map step = understand(options)
    List agents = [] // those that gave up
    while (true) {
        Map result = agents ? runElsewhere(step, agents, body) : runHere(step, agents, body)
        if (!result.elsewhere) {
            return result
        }
        agents.add(result.agent)
        echo "ci-guard: ${step.name}: ${result.agent} gave up, the step begins anew on another agent"
    }
}

private Map understand(Map options) {
    Map defaults = [
        command: null, name: null, shell: null, onAntivirus: 'fail', program: 'ci-guard', arguments: [],
        attempts: null, deadline: null, policy: null, reports: 'reports', encoding: null, junit: [:],
        label: null, agents: 2, elsewhereTimeout: 60, prepare: null,
    ]
    for (String key : new ArrayList(options.keySet())) {
        if (!defaults.containsKey(key)) {
            error "ciGuard: no parameter '${key}'; there are ${defaults.keySet().join(', ')}"
        }
    }
    Map step = defaults + options
    check(step)
    step.name = plain(step.name ?: spoken(step.command))
    step.slug = slug(step.name)
    return step
}

private void check(Map step) {
    if (!step.command) {
        error 'ciGuard: no command'
    }
    if (step.shell != null && !(step.shell in ['bat', 'powershell', 'pwsh', 'sh'])) {
        error "ciGuard: shell '${step.shell}' is not one of bat, powershell, pwsh, sh"
    }
    if (!(step.onAntivirus in ['fail', 'unstable', 'retryElsewhere'])) {
        error "ciGuard: onAntivirus '${step.onAntivirus}' is not one of fail, unstable, retryElsewhere"
    }
    if (step.onAntivirus == 'retryElsewhere' && !step.label) {
        error "ciGuard: onAntivirus 'retryElsewhere' needs label: which agents may take over"
    }
    if (!step.reports.toString().matches('[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*')) {
        error "ciGuard: reports '${step.reports}' must be a relative folder of letters, digits, _ . - and /"
    }
}

private String spoken(Object command) {
    return command instanceof List ? Words.of(command).join(' ') : command.toString().trim().split('\r?\n')[0]
}

/** A name that every shell takes and that no glob or markup reads anything into. */
private String plain(Object name) {
    String text = name.toString().replaceAll('["%\\p{Cntrl}]+', ' ').replaceAll(' +', ' ').trim()
    return text ? text.substring(0, Math.min(text.length(), 100)).trim() : 'step'
}

private String slug(String name) {
    String text = name.replaceAll('[^A-Za-z0-9._-]+', '-').replaceAll('^[-.]+|[-.]+$', '')
    return text ? text.substring(0, Math.min(text.length(), 60)) : 'step'
}

private Map runElsewhere(Map step, List agents, Closure body) {
    Map result = [:]
    String label = "(${step.label})"
    for (int i = 0; i < agents.size(); i++) {
        label = "${label} && !\"${agents[i]}\"" // an agent's name is a label of it
    }
    timeout(time: step.elsewhereTimeout, unit: 'MINUTES') {
        node(label) {
            if (step.prepare) {
                step.prepare.call()
            } else {
                checkout scm // the other agent's workspace has nothing of ours
            }
            result.putAll(runHere(step, agents, body))
        }
    }
    return result
}

private Map runHere(Map step, List agents, Closure body) {
    String base = "${step.reports}/"
    String record = "${base}ci-guard-${step.slug}.json"
    String junitFile = "${base}TEST-ci-guard-${step.slug}.xml"
    writeFile file: record, text: '' // so that the record of an earlier build is not taken for ours
    String shell = step.shell ?: (isUnix() ? 'sh' : 'bat')
    Map parameters = invocation(step, shell, record, junitFile)
    int status = 0
    try {
        status = execute(shell, parameters)
    } catch (interruption) { // an abort, a timeout, a lost agent: tell what is known, and let it go on
        try {
            conclude(step, summarise(readFile(file: record, encoding: 'UTF-8'), -1), junitFile)
        } catch (ignored) {
            echo "ci-guard: ${step.name}: no report: ${ignored.message}"
        }
        throw interruption
    }
    Map result = summarise(readFile(file: record, encoding: 'UTF-8'), status)
    result.name = step.name
    result.agent = (env.NODE_NAME ?: 'built-in').toString()
    boolean another = agents.size() + 1 < step.agents
    result.elsewhere = result.antivirus && step.onAntivirus == 'retryElsewhere' && another
    if (result.elsewhere) {
        archiveArtifacts artifacts: "${record},${junitFile}", allowEmptyArchive: true
        describe("${step.name} on ${result.agent}", result.explanation)
        return result
    }
    conclude(step, result, junitFile)
    judge(step, result)
    if (body && result.status == 0) {
        body.call()
    }
    return result
}

/** What the record says, as plain strings and numbers; the parser's own maps must not live across a step. */
private Map summarise(String text, int status) {
    Map result = [status: status, outcome: 'not_started', category: '', explanation: '', attempts: 0,
                  recorded: false, recovered: false, antivirus: false]
    if (text.trim()) {
        Object found = new JsonSlurper().parseText(text)
        result.recorded = true
        result.outcome = (found.outcome ?: '').toString()
        result.category = (found.category ?: '').toString()
        result.explanation = (found.explanation ?: '').toString()
        result.attempts = found.attempts.size()
    }
    result.recovered = result.outcome == 'flaky'
    result.antivirus = result.outcome == 'gave_up' && result.category in ['antivirus_lock', 'file_in_use']
    return result
}

/** Publish the step's JUnit file, and no other; say in the build's description what is worth a line. */
private void conclude(Map step, Map result, String junitFile) {
    if (result.recorded) {
        // the policy below decides about the build, so that an antivirus is not UNSTABLE where it shall fail
        junit([testResults: junitFile, allowEmptyResults: true,
               skipMarkingBuildUnstable: true, skipMarkingStageUnstable: true] + step.junit)
    }
    if (result.outcome != 'passed') {
        describe(step.name, result.explanation ?: result.outcome)
    }
}

private void judge(Map step, Map result) {
    if (!result.recorded) {
        error "ci-guard: ${step.name}: exit status ${result.status} and no record: is ci-guard installed here?"
    }
    if (result.status == 0) {
        return
    }
    String message = "ci-guard: ${step.name}: ${result.explanation ?: result.outcome}"
    if (result.antivirus && step.onAntivirus == 'unstable') {
        unstable message
    } else {
        error "${message} (exit status ${result.status})"
    }
}

/** One line of ours per subject, marked as `ci-guard jenkins describe` marks it; what others wrote stays. */
private void describe(String subject, String text) {
    String mark = "[ci-guard ${harmless(subject)}]"
    String line = "${mark} ${harmless(text)}"
    line = line.substring(0, Math.min(line.length(), 300))
    List lines = []
    boolean there = false
    String old = currentBuild.description ?: ''
    String[] parts = old.isEmpty() ? new String[0] : old.split('\n', -1)
    for (int i = 0; i < parts.length; i++) {
        if (!parts[i].startsWith(mark)) {
            lines.add(parts[i])
        } else if (!there) {
            lines.add(line)
            there = true
        }
    }
    if (!there) {
        lines.add(line)
    }
    currentBuild.description = lines.join('\n')
}

/** Text that no markup formatter of the description reads as HTML, and that stays on its line. */
private String harmless(String text) {
    return text.replace('<', '\u2039').replace('>', '\u203a').replace('[', '(').replace(']', ')')
        .replaceAll('[\\r\\n ]+', ' ').trim()
}

private int execute(String shell, Map parameters) {
    switch (shell) {
        case 'sh': return sh(parameters)
        case 'bat': return bat(parameters)
        case 'pwsh': return pwsh(parameters)
        default: return powershell(parameters)
    }
}

private Map invocation(Map step, String shell, String record, String junitFile) {
    List line = Words.of(step.program)
    line.addAll(['--name', step.name, '--junit', junitFile, '--report', "json=${record}".toString()])
    for (String option : ['attempts', 'deadline', 'policy']) {
        if (step[option] != null) {
            line.addAll(["--${option}".toString(), step[option].toString()])
        }
    }
    line.addAll(Words.of(step.arguments))
    line.add('--')
    line.addAll(commandWords(step, shell))
    List quoted = []
    for (int i = 0; i < line.size(); i++) {
        String word = Words.quote(line[i].toString(), shell)
        if (word == null) {
            error "ciGuard: ${shell} cannot pass the word ${line[i]} safely: give the command as a string"
        }
        quoted.add(word)
    }
    String label = "ci-guard: ${step.name}"
    Map parameters = [script: script(quoted.join(' '), shell), returnStatus: true, label: label]
    if (step.encoding) {
        parameters.encoding = step.encoding
    }
    return parameters
}

private String script(String line, String shell) {
    if (shell == 'bat') {
        return "@${line}"
    }
    if (shell == 'sh') {
        return line
    }
    // a program that PowerShell cannot find leaves no exit code, and an empty one would be 0
    return "\$global:LASTEXITCODE = 127\n& ${line}\nexit \$LASTEXITCODE"
}

/**
 * The command as words. A string that means more to a shell than its words (variables, pipes, several lines)
 * goes into a script file, which that shell runs under the guard: so all of it is guarded, and nothing is
 * expanded twice.
 */
private List commandWords(Map step, String shell) {
    if (step.command instanceof List) {
        return Words.of(step.command)
    }
    String text = step.command.toString().trim()
    if (Words.areAll(text, shell)) {
        return Words.of(text)
    }
    if (text.startsWith('#!')) {
        error 'ciGuard: a command cannot name its interpreter by #!; put the script into a file and run that'
    }
    return writeScript(step, text, shell)
}

private List writeScript(Map step, String text, String shell) {
    String base = "${step.reports}/ci-guard-${step.slug}"
    if (shell == 'sh') {
        writeFile file: "${base}.sh", text: "${text}\n", encoding: 'UTF-8'
        return ['sh', '-xe', "${base}.sh"] // as the step `sh` runs it
    }
    String lines = text.replace('\r\n', '\n').replace('\n', '\r\n')
    if (shell == 'bat') {
        writeFile file: "${base}.cmd", text: "${lines}\r\n", encoding: 'UTF-8'
        return ['cmd.exe', '/d', '/c', "${base}.cmd".replace('/', '\\')]
    }
    // the mark at the beginning: without it Windows PowerShell reads the file in the ANSI code page
    writeFile file: "${base}.ps1", text: "\ufeff${lines}\r\nexit \$LASTEXITCODE\r\n", encoding: 'UTF-8'
    String program = shell == 'pwsh' ? 'pwsh' : 'powershell.exe'
    return [program, '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File', "${base}.ps1"]
}
