import FunctionRuntime
import Glibc
import MailTypes
import Stores
import Synchronization
import Transport

extension Operator {
    /// `{}` → `{"Findings":[{"What","Good","Detail","Next"?}]}`: the system looks at itself.
    func check(_ input: JSONValue) async throws -> JSONValue {
        var findings = [Finding.disk(system.settings.directory)]
        let places = system.places.withLock { $0 }
        for name in Ports.names {
            guard let place = places[name] else { continue }
            findings.append(Finding(what: "port \(name)", isGood: true, detail: "listens on \(place)", next: nil))
        }
        findings.append(certificate())
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        findings.append(
            Finding(
                what: "open files", isGood: limit.rlim_cur >= 10_000, detail: "\(limit.rlim_cur) allowed",
                next: limit.rlim_cur >= 10_000 ? nil : "raise LimitNOFILE: each connection needs one"))
        let dead =
            try await system.stores.deadLetters(limit: 1000).count + system.stores.jobs(dead: true, limit: 1000).count
        findings.append(
            Finding(
                what: "dead letters", isGood: dead == 0, detail: dead == 0 ? "none" : "\(dead) wait for a person",
                next: dead == 0 ? nil : "see: mailroom queue dead"))
        findings.append(
            Finding(
                what: "template", isGood: true,
                detail:
                    "deployment \(system.bindings.deployment.number), \(system.bindings.deployment.functions.count) functions",
                next: nil))
        findings += try await domains()
        return ["Findings": .array(findings.map(\.json))]
    }

    /// Where mail for each registered domain goes, who reads postmaster's (RFC 5321 §4.5.1), and what other servers see of
    /// what is sent.
    private func domains() async throws -> [Finding] {
        var names: [String] = []
        var findings: [Finding] = []
        for organization in try await system.stores.organizations() where organization.state == "Active" {
            for domain in try await system.stores.domains(of: organization.id) where !domain.isTestDomain {
                names.append(domain.name)
                let answer = try? await system.dispatcher.invoke(
                    "MXRecipient", SMTPRecipient.aboutPostmaster(of: domain.name, hostname: system.settings.hostname),
                    returning: SMTPAnswer.self)
                if answer?.reply.isPositive != true {
                    findings.append(
                        Finding(
                            what: "postmaster@\(domain.name)", isGood: false, detail: "nobody gets it",
                            next: "make an alias, or deploy with --parameter Postmaster=ADDRESS"))
                }
            }
        }
        let outside = system.bindings.outside
        let resolver = OutsideResolver(nameservers: outside?.nameservers ?? [], loops: system.loops, timeoutSeconds: 4)
        let sending = SendingCheck(resolver: resolver, hostname: system.settings.hostname, settings: outside?.relay)
        findings += await sending.findings()
        let published = names.filter { !DomainCheck.isLocalOnly($0) }
        guard !published.isEmpty else {
            return findings + [
                Finding(what: "DNS", isGood: true, detail: "only domains for tests are registered", next: nil)
            ]
        }
        let check = DomainCheck(resolver: resolver, hostname: system.settings.hostname)
        let answers = await withTaskGroup { group in
            for name in published.prefix(20) {
                group.addTask { [await check.finding(of: name)] + (await sending.finding(of: name).map { [$0] } ?? []) }
            }
            return await group.reduce(into: [Finding]()) { $0 += $1 }
        }
        findings += answers.sorted { $0.what < $1.what }
        return findings
    }

    private func certificate() -> Finding {
        guard let until = system.certificateValidUntil else {
            return Finding(what: "certificate", isGood: false, detail: "none is loaded", next: "start the system again")
        }
        let days = (until - system.time.now()).components.seconds / 86400
        return Finding(
            what: "certificate", isGood: days >= 14, detail: "valid until \(until.rfc3339)",
            next: days >= 14 ? nil : "renew it; it is read anew by itself within ten seconds")
    }
}

extension SMTPRecipient {
    /// Would a stranger's mail to a domain's postmaster be taken?
    fileprivate static func aboutPostmaster(of domain: String, hostname: String) -> SMTPRecipient {
        SMTPRecipient(
            session: SMTPSession(
                peer: NetworkAddress(host: "127.0.0.1", port: 0), helo: "localhost", hostname: hostname),
            reversePath: .null, recipient: ForwardPath(Address(localPart: "postmaster", domain: domain)))
    }
}
