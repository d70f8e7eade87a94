import FunctionRuntime
import MailTypes

/// What the host says in a function's log, in the function's format: Lambda's lines of text, or with the format JSON events
/// of the same content, so that every line of the host's is one JSON object.
struct PlatformEvent {
    /// Before the process starts.
    static func initStart(runtime: String, isJSON: Bool, at now: Timestamp) -> String {
        guard isJSON else { return "INIT_START Runtime Version: \(runtime)\tRuntime Version ARN: " }
        return event(
            "initStart", ["initializationType": "on-demand", "phase": "init", "runtimeVersion": .string(runtime)],
            at: now)
    }

    /// Lines from here on belong to this request.
    static func start(_ requestID: String, version: String, isJSON: Bool, at now: Timestamp) -> String {
        guard isJSON else { return "START RequestId: \(requestID) Version: \(version)" }
        return event("start", ["requestId": .string(requestID), "version": .string(version)], at: now)
    }

    /// A sentence of the host's own.
    static func sentence(_ text: String, _ requestID: String?, isJSON: Bool, at now: Timestamp) -> String {
        guard isJSON else { return text }
        let entry: JSONObject = [
            "timestamp": .string(now.rfc3339), "level": "ERROR", "message": .string(text),
            "requestId": requestID.map { .string($0) },
        ]
        return JSONValue.object(entry).octets.text
    }

    /// What a call took.
    struct Report {
        enum Status {
            case success
            /// The handler raised, or its process ended.
            case error(type: String?)
            case timeout
        }
        var milliseconds: Double
        var initMilliseconds: Double?
        var memoryMB: Int
        var peakMB: Int
        var status: Status

        /// The END and REPORT lines; with JSON one event, as Lambda does at its usual level.
        func lines(_ requestID: String, isJSON: Bool, at now: Timestamp) -> [String] {
            isJSON ? [json(requestID, at: now)] : ["END RequestId: \(requestID)", text(requestID)]
        }

        private var billed: Int { Int(milliseconds.rounded(.up)) }

        private func text(_ requestID: String) -> String {
            // Octets with room for all of it: every call of a function has one, and a text grows piece by piece.
            var report: Octets = []
            report.reserveCapacity(256)
            func put(_ label: String, _ value: String, _ unit: String = "") {
                report += label.utf8
                report += value.utf8
                report += unit.utf8
            }
            put("REPORT RequestId: ", requestID)
            put("\tDuration: ", milliseconds.twoDigits, " ms\t")
            put("Billed Duration: ", String(billed), " ms\t")
            put("Memory Size: ", String(memoryMB), " MB\t")
            put("Max Memory Used: ", String(peakMB), " MB\t")
            if let initMilliseconds { put("Init Duration: ", initMilliseconds.twoDigits, " ms\t") }
            switch status {
            case .success, .error(nil): break
            case .error(let type?): put("Status: error\tError Type: ", type)
            case .timeout: put("Status: timeout", "")
            }
            return report.text
        }

        private func json(_ requestID: String, at now: Timestamp) -> String {
            func rounded(_ milliseconds: Double) -> JSONValue { .number((milliseconds * 100).rounded() / 100) }
            let metrics: JSONObject = [
                "durationMs": rounded(milliseconds), "billedDurationMs": .integer(Int64(billed)),
                "memorySizeMB": .integer(Int64(memoryMB)), "maxMemoryUsedMB": .integer(Int64(peakMB)),
                "initDurationMs": initMilliseconds.map(rounded),
            ]
            var record: JSONObject = ["requestId": .string(requestID), "metrics": .object(metrics)]
            switch status {
            case .success: record["status"] = "success"
            case .timeout: record["status"] = "timeout"
            case .error(let type):
                record["status"] = "error"
                record["errorType"] = type.map { .string($0) }
            }
            return event("report", record, at: now)
        }
    }

    private static func event(_ type: String, _ record: JSONObject, at now: Timestamp) -> String {
        let event: JSONObject = [
            "time": .string(now.rfc3339), "type": .string("platform.\(type)"), "record": .object(record),
        ]
        return JSONValue.object(event).octets.text
    }
}
