import FunctionRuntime
import MailTypes

/// Who may call a function, as a statement of its policy lets it, in the words of `mailroom functions` and
/// `mailroom event`.
struct FunctionCaller: Sendable {
    private let principal: String
    /// ARN of what is called from: a bucket, a schedule's rule, organizations.
    private let source: String?

    init(_ permission: FunctionPermission) { (principal, source) = (permission.principal, permission.sourceARN) }

    /// The service without the region and domain: `workmail`, `availability.workmail`, `s3`; nil for accounts and roles.
    private var service: String? {
        guard principal.hasSuffix(".amazonaws.com") else { return nil }
        let labels = principal.split(separator: ".").dropLast(2)
        return (labels.first == "availability" ? labels.prefix(2) : labels.prefix(1)).joined(separator: ".")
    }

    /// The name in the source's ARN, or all of it where it holds none.
    private var place: String { source.map { $0.split { ":/".contains($0) }.last.map(String.init) ?? $0 } ?? "" }

    /// `bucket box`, `schedule nightly`, `rule`.
    var words: String {
        switch service {
        case "workmail": "rule"
        case "availability.workmail": "availability"
        case "s3": "bucket \(place)"
        case "events", "scheduler": "schedule \(place)"
        case let service?: service
        case nil: principal
        }
    }

    /// The type of `mailroom event` that it calls with; with the ARN of a bucket or a schedule's rule behind a space.
    /// - Parameter directions: of the rules that name the function.
    func sample(forRulesOf directions: [FlowDirection]) -> String? {
        let from = source.map { " \($0)" } ?? ""
        return switch service {
        case "workmail": Set(directions) == [.outbound] ? "workmail-outbound" : "workmail-inbound"
        case "availability.workmail": "availability"
        case "s3": "s3-put\(from)"
        case "events", "scheduler": "schedule\(from)"
        case "ses": "ses-receipt"
        case "sns": "sns"
        case "sqs": "sqs"
        case "apigateway": "http-v1"
        default: nil
        }
    }
}
