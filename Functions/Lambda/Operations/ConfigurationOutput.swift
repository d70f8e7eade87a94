import FunctionRuntime
import MailTypes

extension LambdaCall {
    /// A function's configuration as the API shows it (reference/functions.md §2.3).
    /// - Parameter qualifier: what stands behind the ARN: what the caller named, or the version in lists.
    func configuration(of function: LambdaFunction, in record: FunctionRecord, qualifier: String?) -> JSONValue {
        var shown = JSONObject()
        shown["FunctionName"] = .string(function.name)
        shown["FunctionArn"] = .string(registry.arn(of: function.name, qualifier: qualifier))
        shown["Runtime"] = .string(function.runtime)
        shown["Role"] = .string(function.role)
        shown["Handler"] = .string(function.handler)
        shown["CodeSize"] = .integer(Int64(function.code.size))
        shown["Description"] = .string(function.description)
        shown["Timeout"] = .integer(Int64(function.timeoutSeconds))
        shown["MemorySize"] = .integer(Int64(function.memoryMB))
        shown["LastModified"] = .string(Self.moment(function.modifiedAt))
        shown["CodeSha256"] = .string(function.code.sha256)
        shown["Version"] = .string(function.version)
        shown["TracingConfig"] = record.shown["TracingConfig"] ?? ["Mode": "PassThrough"]
        shown["RevisionId"] = .string(function.revisionID)
        switch services.runtimes.state(of: function.runtime) {
        case .ready:
            shown["State"] = "Active"
            shown["LastUpdateStatus"] = "Successful"
        case .preparing:
            shown["State"] = "Pending"
            shown["StateReason"] = "The function is being created."
            shown["StateReasonCode"] = "Creating"
            shown["LastUpdateStatus"] = "InProgress"
        case .problem(let sentence):
            shown["State"] = "Failed"
            shown["StateReason"] = .string(sentence)
            shown["StateReasonCode"] = "InvalidRuntime"
            shown["LastUpdateStatus"] = "Failed"
        }
        shown["PackageType"] = "Zip"
        shown["Architectures"] = .array(function.architectures.map { .string($0) })
        shown["EphemeralStorage"] = ["Size": .integer(Int64(function.ephemeralMB))]
        shown["SnapStart"] = record.shown["SnapStart"] ?? ["ApplyOn": "None", "OptimizationStatus": "Off"]
        var logging: JSONObject = ["LogFormat": .string(function.logFormat)]
        if function.logFormat == "JSON" {
            logging["ApplicationLogLevel"] = .string(function.logLevel ?? "INFO")
            logging["SystemLogLevel"] = record.shown["SystemLogLevel"] ?? "INFO"
        }
        logging["LogGroup"] = .string(function.logGroup)
        shown["LoggingConfig"] = .object(logging)
        if !function.environment.isEmpty {
            var variables = JSONObject()
            for (name, value) in function.environment.sorted(by: { $0.key < $1.key }) {
                variables[name] = .string(value)
            }
            shown["Environment"] = ["Variables": .object(variables)]
        }
        if !function.layers.isEmpty {
            shown["Layers"] = .array(
                function.layers.map { ["Arn": .string($0.arn), "CodeSize": .integer(Int64($0.code.size))] })
        }
        if let target = record.deadLetterTarget { shown["DeadLetterConfig"] = ["TargetArn": .string(target)] }
        shown["VpcConfig"] = record.shown["VpcConfig"]
        shown["KMSKeyArn"] = record.shown["KMSKeyArn"]
        return .object(shown)
    }

    /// `2026-05-04T10:00:00.000+0000`.
    static func moment(_ moment: Timestamp) -> String { moment.rfc3339.dropLast() + "+0000" }
}

/// A layer as somebody names it: a name, or an ARN with or without a version.
struct LayerReference {
    var name: String
    var number: Int?

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1 {
            name = text
        } else {
            guard parts.count == 7 || parts.count == 8, parts[0] == "arn", parts[2] == "lambda", parts[5] == "layer"
            else { return nil }
            name = parts[6]
            if parts.count == 8 {
                guard let number = Int(parts[7]), number > 0 else { return nil }
                self.number = number
            }
        }
        guard (1...140).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F })
        else { return nil }
    }
}
