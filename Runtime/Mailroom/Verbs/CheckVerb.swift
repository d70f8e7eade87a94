import CCurl
import FunctionRuntime
import Glibc
import MailTypes

extension Verb {
    static let check = Verb(
        "check", "", "looks at ports, certificates, disk, clock and configuration; one line each, with the next step",
        options: [.data, .endpoint, .json], example: "mailroom check"
    ) { arguments in
        var findings = [Finding.dataDirectory(arguments["data"] ?? ".mailroom")]
        do throws(Refusal) {
            let api = try API(arguments)
            findings.append(.clock())
            let answer = try api.mailroom("Check", [:])
            findings += (answer["Findings"]?.array ?? []).map { finding in
                Finding(
                    what: finding["What"]?.string ?? "", isGood: finding["Good"]?.bool ?? false,
                    detail: finding["Detail"]?.string ?? "", next: finding["Next"]?.string)
            }
        } catch {
            findings.append(Finding(what: "system", isGood: false, detail: error.what, next: error.next))
        }
        if arguments.has("json") {
            Output.print(JSONValue.array(findings.map(\.json)).text)
        } else {
            Output.table(
                ["", "WHAT", "DETAIL"],
                findings.map {
                    [$0.isGood ? "OK" : "BAD", $0.what, $0.detail + ($0.isGood ? "" : "; \($0.next ?? "")")]
                })
        }
        return findings.allSatisfy(\.isGood) ? 0 : 1
    }
}
