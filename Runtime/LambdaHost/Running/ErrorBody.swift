import FunctionRuntime
import Glibc
import MailTypes

/// The error bodies that the host itself gives (reference/functions.md §1.4).
enum ErrorBody {
    /// `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: … Error: Task timed out after 3.00 seconds"}`
    static func make(_ type: String, _ message: String, requestID: String) -> Octets {
        let body: JSONValue = [
            "errorType": .string(type), "errorMessage": .string("RequestId: \(requestID) Error: \(message)"),
        ]
        return body.octets
    }

    static let tooLargeType = "Function.ResponseSizeTooLarge"
    /// The type of an error that gives none a report could tell.
    static let unknownType = "Runtime.Unknown"
    /// Octets of an error's type in a report.
    private static let mostTypeOctets = 128

    /// The type as the report tells it: of the form `Runtime.Name` or `Function.Name`, or unknown (§1.3).
    static func reported(_ type: String?) -> String {
        guard let type, type.utf8.count <= mostTypeOctets else { return unknownType }
        let parts = type.utf8.split(separator: 0x2E, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].elementsEqual("Runtime".utf8) || parts[0].elementsEqual("Function".utf8),
            let first = parts[1].first, 0x41...0x5A ~= first, parts[1].count >= 2,
            parts[1].allSatisfy(\.isASCIILetter)
        else { return unknownType }
        return type
    }

    /// The type that an error's body gives.
    static func type(of body: Octets) -> String? { (try? JSONValue(parsing: body))?["errorType"]?.string }

    /// Why a function's program did not start, as Lambda words it.
    /// - Parameter failure: `entrypoint: ` and the system's sentence.
    static func entrypointText(_ failure: String, _ function: LambdaFunction) -> String {
        guard case .provided = RuntimeKind(function.runtime), failure.hasSuffix(String(cString: strerror(ENOENT)))
        else { return failure }
        return "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    }

    /// What stands for an answer of more octets than allowed.
    static func tooLarge(limitOctets: Int) -> Octets {
        let body: JSONValue = [
            "errorType": .string(tooLargeType),
            "errorMessage": .string(tooLargeText(limitOctets: limitOctets)),
        ]
        return body.octets
    }

    static func tooLargeText(limitOctets: Int) -> String {
        "Response payload size exceeded maximum allowed payload size (\(limitOctets) bytes)."
    }

    /// How a process ended, as Lambda words it.
    static func exitText(waitStatus: Int32) -> String {
        let signal = waitStatus & 0x7F
        if signal != 0 { return "Runtime exited with error: signal: \(signalName(signal))" }
        let code = waitStatus >> 8 & 0xFF
        return code == 0
            ? "Runtime exited without providing a reason" : "Runtime exited with error: exit status \(code)"
    }

    /// As Go's syscall package names them, since Lambda's supervisor is written in it.
    private static func signalName(_ number: Int32) -> String {
        switch number {
        case 1: "hangup"
        case 2: "interrupt"
        case 3: "quit"
        case 4: "illegal instruction"
        case 5: "trace/breakpoint trap"
        case 6: "aborted"
        case 7: "bus error"
        case 8: "floating point exception"
        case 9: "killed"
        case 11: "segmentation fault"
        case 13: "broken pipe"
        case 14: "alarm clock"
        case 15: "terminated"
        default: "signal \(number)"
        }
    }
}

extension Double {
    /// With two digits after the point.
    var twoDigits: String {
        let hundredths = Int((self * 100).rounded())
        let fraction = hundredths % 100
        return String(hundredths / 100) + (fraction < 10 ? ".0" : ".") + String(fraction)
    }
}
