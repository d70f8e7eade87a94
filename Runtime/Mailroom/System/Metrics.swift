import FunctionMetrics
import FunctionRuntime
import LambdaHost
import MailTypes
import Stores
import Synchronization

/// What `/metrics` tells (OpenMetrics).
enum Metrics {
    static func text(of system: MailSystem) -> String {
        let functions = system.bindings.deployment.functions.values.sorted { $0.name.text < $1.name.text }
        var text = ""
        func family(_ name: String, _ kind: String, _ help: String, _ rows: [(labels: String, value: String)]) {
            text += "# TYPE \(name) \(kind)\n# HELP \(name) \(help)\n"
            for row in rows { text += "\(name)\(kind == "counter" ? "_total" : "")\(row.labels) \(row.value)\n" }
        }
        func label(_ function: BoundFunction) -> String { "{function=\"\(function.name.text)\"}" }
        family(
            "mailroom_function_invocations", "counter", "Invocations of a function.",
            functions.map { (label($0), "\($0.counters.invocations.load(ordering: .relaxed))") })
        family(
            "mailroom_function_failures", "counter", "Invocations that failed.",
            functions.map { (label($0), "\($0.counters.failures.load(ordering: .relaxed))") })
        family(
            "mailroom_function_seconds", "counter", "Time spent in a function.",
            functions.map { (label($0), "\(Double($0.counters.microseconds.load(ordering: .relaxed)) / 1_000_000)") })
        let tallies = system.functionHost.tallies.sorted { $0.key < $1.key }
        func usersFamily(_ name: String, _ help: String, _ value: (FunctionTally) -> String) {
            family(
                "mailroom_user_function_\(name)", "counter", help,
                tallies.map { ("{function=\"\($0.key)\"}", value($0.value)) })
        }
        usersFamily("invocations", "Invocations of a user's function.") { "\($0.invocations)" }
        usersFamily("failures", "Those that failed.") { "\($0.failures)" }
        usersFamily("throttles", "Events that found no place.") { "\($0.throttles)" }
        usersFamily("seconds", "Time spent in a user's function.") { "\($0.milliseconds / 1000)" }
        family(
            "mailroom_queue_depth", "gauge", "Messages being handled or waiting.",
            [system.inbound, system.outbound].map { ("{queue=\"\($0.queue.text)\"}", "\($0.depth)") })
        family(
            "mailroom_smtp_replies_lost", "counter",
            "Messages taken whose senders were gone before they could hear it.",
            [("", "\(system.unheardMessages.noted.load(ordering: .relaxed))")])
        family(
            "mailroom_smtp_repetitions", "counter", "Messages sent again because of that, which were not taken twice.",
            [("", "\(system.unheardMessages.repeated.load(ordering: .relaxed))")])
        family(
            "mailroom_log_lines_dropped", "counter", "Log lines dropped because the target was blocked.",
            [("", "\(system.logWriter.dropped)")])
        family(
            "mailroom_function_log_lines_dropped", "counter",
            "Lines of users' functions that the store had no room for.",
            [("", "\(system.stores.droppedLogLines)")])
        family(
            "mailroom_deployment", "gauge", "Number of the deployment that runs.",
            [("", "\(system.bindings.deployment.number)")])
        return text + system.functionMetrics.openMetrics + "# EOF\n"
    }
}
