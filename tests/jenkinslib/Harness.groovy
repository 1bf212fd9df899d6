// Runs scenarios of integrations/jenkins/vars/ciGuard.groovy under real Groovy, with Jenkins' steps stood in for.
//
// usage: groovy -cp integrations/jenkins/src Harness.groovy LIBRARY SCENARIOS.json ANSWERS.json
// Every step that is called is noted with its parameters, which must be serialisable, as Jenkins requires of all
// that lives when a step runs. Files are real, a folder for each agent. `sh` runs the script for real where the
// scenario says so; else the next of its `runs` tells what ci-guard would have left.
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.codehaus.groovy.ast.CodeVisitorSupport
import org.codehaus.groovy.ast.expr.BinaryExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstructorCallExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.StaticMethodCallExpression
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.Phases

class BuildFailed extends RuntimeException {
    BuildFailed(String message) { super(message) }
}

class Interrupted extends RuntimeException {
    Interrupted(String message) { super(message) }
}

abstract class Steps extends Script {
    Map scenario
    List calls
    List agents = []
    int used = 1
    Map build

    Map getEnv() { return [NODE_NAME: agents[-1]] }
    Object getCurrentBuild() { return build }
    Object getScm() { return 'the configured SCM' }

    File place(Object path) {
        File file = new File(new File(scenario.directory, agents[-1]), path.toString())
        file.parentFile.mkdirs()
        return file
    }

    void note(String step, Object given) {
        Object plain = stripped(given)
        new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(plain)
        calls.add([step: step, agent: agents[-1], given: plain])
    }

    Object stripped(Object given) {
        if (given instanceof Map) {
            return new LinkedHashMap(given.collectEntries { key, value -> [(key.toString()): stripped(value)] })
        }
        return given instanceof GString ? given.toString() : given
    }

    boolean isUnix() { return scenario.unix }
    void echo(String text) { note('echo', text) }
    void unstable(String text) { note('unstable', text) }
    void error(String text) { note('error', text); throw new BuildFailed(text) }
    void checkout(Object source) { note('checkout', source) }
    void junit(Map given) { note('junit', given); assert place(given.testResults).length() > 0 }
    void archiveArtifacts(Map given) { note('archiveArtifacts', given) }
    void timeout(Map given, Closure body) { note('timeout', given); body.call() }
    void writeFile(Map given) { note('writeFile', given); place(given.file).setText(given.text.toString(), 'UTF-8') }
    String readFile(Map given) { note('readFile', given); return place(given.file).getText(given.encoding) }
    void nothing() { note('body', '') }

    void node(String label, Closure body) {
        note('node', label)
        agents.add(scenario.nodes[used++])
        try {
            body.call()
        } finally {
            agents.remove(agents.size() - 1)
        }
    }

    int bat(Map given) { return shell('bat', given) }
    int pwsh(Map given) { return shell('pwsh', given) }
    int powershell(Map given) { return shell('powershell', given) }
    int sh(Map given) { return shell('sh', given) }

    int shell(String name, Map given) {
        note(name, given)
        if (scenario.real) {
            File place = new File(scenario.directory, agents[-1])
            Process process = ['sh', '-c', given.script].execute(null, place)
            StringBuilder output = new StringBuilder()
            process.waitForProcessOutput(output, output)
            note('output', output.toString())
            return process.exitValue()
        }
        Map run = scenario.runs.remove(0)
        if (run.record != null) {
            place((given.script =~ /json=([\w.\/-]+)/)[0][1]).setText(run.record, 'UTF-8')
            place((given.script =~ /([\w.\/-]*TEST-ci-guard-[\w.-]+\.xml)/)[0][1]).setText('<testsuites/>', 'UTF-8')
        }
        if (run.interrupted) {
            throw new Interrupted(run.interrupted)
        }
        return run.status
    }
}

class Calls extends CodeVisitorSupport {
    Set methods = new TreeSet()
    Set made = new TreeSet()
    Set operators = new TreeSet()
    Set closures = new TreeSet()
    String within = ''

    void visitMethodCallExpression(MethodCallExpression call) {
        String target = call.implicitThis ? '' : '.'
        methods.add(target + call.methodAsString)
        String outer = within
        within = call.methodAsString
        super.visitMethodCallExpression(call)
        within = outer
    }

    void visitStaticMethodCallExpression(StaticMethodCallExpression call) {
        methods.add("${call.ownerType.name}.${call.method}".toString())
        super.visitStaticMethodCallExpression(call)
    }

    void visitConstructorCallExpression(ConstructorCallExpression call) {
        made.add(call.type.name)
        super.visitConstructorCallExpression(call)
    }

    void visitBinaryExpression(BinaryExpression expression) {
        operators.add(expression.operation.text)
        super.visitBinaryExpression(expression)
    }

    void visitClosureExpression(ClosureExpression closure) {
        closures.add(within)
        super.visitClosureExpression(closure)
    }
}

Map inventory(List sources) {
    CompilationUnit unit = new CompilationUnit()
    unit.addSources(sources as File[])
    unit.compile(Phases.SEMANTIC_ANALYSIS)
    Calls calls = new Calls()
    Set own = new TreeSet()
    unit.AST.classes.each { type ->
        type.methods.each { method ->
            own.add(method.name)
            method.code?.visit(calls)
        }
    }
    return [methods: calls.methods, made: calls.made, operators: calls.operators, closures: calls.closures, own: own]
}

Map play(File library, Map scenario) {
    CompilerConfiguration configuration = new CompilerConfiguration(scriptBaseClass: Steps.name)
    Steps script = new GroovyShell(Steps.classLoader, new Binding(), configuration).parse(library)
    script.scenario = scenario
    script.calls = []
    script.agents = [scenario.nodes[0]]
    script.build = [description: scenario.description]
    Map answer = [calls: script.calls, thrown: null, result: null]
    List given = scenario.call
    if (scenario.prepare) {
        given[0].prepare = { -> script.note('prepare', '') }
    }
    if (scenario.body) {
        given = given + [{ -> script.nothing() }]
    }
    new File(scenario.directory, scenario.nodes[0]).mkdirs()
    try {
        answer.result = script.call(*given)
        new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(answer.result)
    } catch (BuildFailed | Interrupted failure) {
        answer.thrown = "${failure.class.simpleName}: ${failure.message}".toString()
    }
    answer.description = script.build.description?.toString()
    return answer
}

File library = new File(args[0])
List sources = []
new File(library.parentFile.parentFile, 'src').eachFileRecurse { if (it.file) { sources.add(it) } }
Map scenarios = new JsonSlurper().parse(new File(args[1]), 'UTF-8')
Map answers = scenarios.collectEntries { name, scenario -> [name, play(library, scenario)] }
new File(args[2]).setText(JsonOutput.toJson([answers: answers, inventory: inventory([library, *sources])]), 'UTF-8')
