import MailTypes

/// Where the endpoints listen.
struct Ports: Sendable {
    /// Endpoint names in the card's order.
    static let names = ["mx", "submission", "submissions", "imap", "imaps", "http", "https"]
    static let development: [String: UInt16] = [
        "mx": 2525, "submission": 5870, "submissions": 4650, "imap": 1143, "imaps": 9930, "http": 8080, "https": 8443,
    ]
    static let production: [String: UInt16] = [
        "mx": 25, "submission": 587, "submissions": 465, "imap": 143, "imaps": 993, "http": 80, "https": 443,
    ]

    /// `127.0.0.1` in dev; every address in serve.
    let hosts: [String]
    let ports: [String: UInt16]

    /// Reads `--ports auto` and `--port mx=2525`.
    init(_ arguments: Arguments, defaults: [String: UInt16], hosts: [String]) throws(Refusal) {
        var ports = defaults
        if let mode = arguments["ports"] {
            guard mode == "auto" else {
                throw .usage("--ports takes only auto", hint: "one port at a time: --port mx=2525")
            }
            for name in ports.keys { ports[name] = 0 }
        }
        for assignment in arguments.all("port") {
            let parts = assignment.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let port = UInt16(parts[1]) else {
                throw .usage("--port takes NAME=NUMBER, not \(assignment)", hint: "--port mx=2525")
            }
            guard ports[String(parts[0])] != nil else {
                throw .usage("there is no endpoint \(parts[0])", hint: Self.names.joined(separator: ", "))
            }
            ports[String(parts[0])] = port
        }
        self.ports = ports
        self.hosts = arguments.all("address").isEmpty ? hosts : arguments.all("address")
    }

    static let options: [Option] = [
        .value("ports", "auto", "bind free ports and report them in the card"),
        .value(
            "port", "NAME=NUMBER", "the port of one endpoint (mx, submission, submissions, imap, imaps, http, https)",
            repeatable: true),
        .value("address", "ADDRESS", "an address to listen on", repeatable: true),
    ]
}
