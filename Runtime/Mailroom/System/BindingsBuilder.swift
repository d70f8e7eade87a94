import FunctionRuntime
import HTTP
import MailTypes
import Templates

/// Turns a checked template into bindings, collecting what does not fit this system.
struct BindingsBuilder {
    private let template: Template
    private let number: Int
    private let system: MailSystem
    private(set) var problems: [TemplateProblem] = []
    private var triggers: [FunctionName: [String]] = [:]
    private var queues: [QueueName: FunctionName] = [:]
    private var settings: [QueueName: QueueSettings] = [:]
    private var smtp: [String: FunctionName] = [:]
    private var imap: [String: FunctionName] = [:]
    private var schedules: [ScheduleBinding] = []
    private var routes: [HTTPRoute] = []
    private var outside: OutsideSettings?

    init(_ template: Template, number: Int, system: MailSystem) {
        (self.template, self.number, self.system) = (template, number, system)
    }

    mutating func build() -> Bindings {
        for resource in template.foreignResources {
            problems.append(
                template.problem(
                    "\(resource.type) \(resource.logicalID) is no part of the system itself; deploy it from a template of its own, as another stack",
                    at: resource.typePosition))
        }
        for queue in template.queues {
            settings[queue.name] = QueueSettings(
                retry: RetrySchedule(first: queue.retryFirst, last: queue.retryLast), lifetime: queue.lifetime,
                depthMax: queue.maxDepth)
        }
        for function in template.functions {
            for trigger in function.triggers { bind(trigger, to: function) }
        }
        checkCertificateParameters()
        for endpoint in template.endpoints {
            guard let networks = endpoint.properties["ProbesFrom"], NetworkRange.list(networks.text ?? "-") == nil
            else {
                continue
            }
            problems.append(
                template.problem(
                    "ProbesFrom is a list of networks", at: networks.position, suggestion: "10.0.0.0/8, 2001:db8::/32"))
        }
        for function in template.functions where function.handler == "Relay" { checkOutside(function) }
        let functions = template.functions.compactMap { bound($0) }
        // Whatever a template says, the operator can deploy another one.
        if !routes.contains(where: { $0.target == "Mailroom.*" }), let everything = try? RoutePattern("/") {
            routes.append(
                HTTPRoute(
                    method: "POST", path: everything, target: "Mailroom.*", signingService: "mailroom",
                    authorizer: .sigV4,
                    function: "Administration"))
        }
        return Bindings(
            deployment: Deployment(
                number: number, functions: functions, queues: queues, queueSettings: settings, smtp: smtp, imap: imap,
                schedules: schedules),
            router: HTTPRouter(routes), endpoints: EndpointSettings(template), outside: outside,
            triggers: triggers,
            outputs: template.outputs.map { ($0.name, $0.value.text ?? $0.value.json.text) }, facts: facts())
    }

    /// A certificate is of no use without its key: whoever names one and not the other has forgotten something.
    private mutating func checkCertificateParameters() {
        let named = template.parameters.filter {
            ["CertificateFile", "CertificateKeyFile"].contains($0.name) && $0.value.text?.isEmpty == false
        }
        guard named.count == 1 else { return }
        problems.append(
            template.problem("\(named[0].name) is given alone", at: named[0].position, suggestion: "give both files"))
    }

    private mutating func checkOutside(_ function: FunctionDeclaration) {
        do throws(OutsideSettings.Problem) {
            outside = try OutsideSettings(function, system.settings, queue: settings["outbound"] ?? QueueSettings())
        } catch {
            problems.append(
                template.problem(error.sentence, at: error.value.position, suggestion: error.suggestion))
        }
    }

    private mutating func bound(_ declaration: FunctionDeclaration) -> BoundFunction? {
        guard let entry = HandlerRegistry.entry(declaration.handler) else { return nil }
        for (resource, access) in entry.needs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let granted = declaration.access(to: resource), granted >= access else {
                problems.append(
                    template.problem(
                        "\(declaration.name) may not reach \(resource.rawValue): \(access.rawValue), which \(declaration.handler) needs",
                        at: declaration.position,
                        suggestion: "add { \(resource.rawValue): \(access.rawValue) } to its Policies"))
                continue
            }
        }
        for (name, value) in declaration.settings.sorted(by: { $0.key < $1.key }) where !entry.settings.contains(name) {
            problems.append(
                template.problem(
                    "\(declaration.handler) has no setting \(name)", at: value.position,
                    suggestion: Suggestion.nearest(to: name, in: entry.settings)
                        ?? entry.settings.joined(separator: ", ")))
        }
        let parts = HandlerRegistry.Parts(system: system, declaration: declaration, queues: settings)
        return BoundFunction(
            name: declaration.name, handlerName: declaration.handler, version: number,
            timeout: .seconds(declaration.timeoutSeconds), concurrency: declaration.concurrency ?? 1000,
            handler: entry.make(parts), log: system.logged,
            counters: system.bindings.deployment.functions[declaration.name]?.counters ?? FunctionCounters())
    }

    private mutating func bind(_ trigger: TriggerDeclaration, to function: FunctionDeclaration) {
        let words: String
        switch trigger.kind {
        case .smtp(let endpoint, let question, _):
            words = "SMTP \(endpoint) \(question.rawValue.asciiLowercased)"
            claim(\.smtp, "\(endpoint)/\(question.rawValue.asciiLowercased)", words, trigger, function)
            if endpoint == "submissions" {
                problems.append(
                    template.problem(
                        "submissions asks what submission asks: both are one endpoint to functions",
                        at: trigger.position, suggestion: "submission"))
            }
        case .imap(let endpoint, _):
            words = "IMAP \(endpoint)"
            claim(\.imap, "imap", words, trigger, function)
        case .queue(let queue, let batchSize):
            words = "Queue \(queue)"
            settings[queue, default: QueueSettings()].batchSize = batchSize
            claim(\.queues, queue, words, trigger, function)
        case .httpApi(let route):
            words = "HTTP \(route.method) \(route.target ?? route.path)"
            bind(route, trigger, function)
        case .schedule(let expression, let input):
            words = expression.description
            schedules.append(
                ScheduleBinding(name: "\(function.name)/\(trigger.name)", function: function.name, input: input) {
                    expression.next(after: $0)
                })
        case .flowRule, .mailboxEvent, .s3:
            words = trigger.name
            problems.append(template.problem("triggers of this type fire in a later release", at: trigger.position))
        }
        triggers[function.name, default: []].append(words)
    }

    private mutating func claim<Key: Hashable>(
        _ table: WritableKeyPath<Self, [Key: FunctionName]>, _ key: Key, _ words: String, _ trigger: TriggerDeclaration,
        _ function: FunctionDeclaration
    ) {
        if let other = self[keyPath: table][key], other != function.name {
            problems.append(template.problem("\(words) is bound to \(other) already", at: trigger.position))
        }
        self[keyPath: table][key] = function.name
    }

    private mutating func bind(
        _ route: HTTPRouteDeclaration, _ trigger: TriggerDeclaration, _ function: FunctionDeclaration
    ) {
        func authorizer(_ kind: HTTPRouteDeclaration.Authorization) -> HTTPRoute.Authorizer {
            switch kind {
            case .none: .none
            case .basic: .basic(protocolName: function.name.text)
            case .sigV4: .sigV4
            }
        }
        do throws(HTTPRouteProblem) {
            // Exchange clients spell AutoDiscover's path in several cases.
            let path = try RoutePattern(route.path, ignoresCase: route.path.asciiLowercased.contains("autodiscover"))
            routes.append(
                HTTPRoute(
                    method: route.method == "ANY" ? nil : route.method, path: path, host: route.host,
                    target: route.target,
                    signingService: route.service, authorizer: authorizer(route.defaultAuthorization),
                    methodAuthorizers: route.authorizationByMethod.mapValues(authorizer), bodyMax: route.bodyMax,
                    function: function.name))
        } catch {
            problems.append(template.problem(error.sentence, at: trigger.position))
        }
    }

    private func facts() -> [String: [String: String]] {
        var facts: [String: [String: String]] = [:]
        for parameter in template.parameters { facts["parameter \(parameter.name)"] = ["": parameter.shown] }
        // What must not be echoed is not shown where it was put either.
        let secrets = template.parameters.filter(\.isSecret).compactMap(\.value.text).filter { !$0.isEmpty }
        for resource in template.resources {
            var values: [String: String] = [:]
            for entry in resource.properties.entries {
                values.merge(Self.leaves(of: entry.value, at: entry.key)) { $1 }
            }
            facts["\(resource.type) \(resource.logicalID)"] = values.mapValues { value in
                secrets.reduce(value) { $0.replacing($1, with: "****") }
            }
        }
        return facts
    }

    /// What is set somewhere within a value, by its path. A list is one value.
    private static func leaves(of value: TemplateValue, at path: String) -> [String: String] {
        guard case .map(let map) = value.content, !map.entries.isEmpty else {
            return [path: value.text ?? value.json.text]
        }
        return map.entries.reduce(into: [:]) { all, entry in
            all.merge(leaves(of: entry.value, at: "\(path).\(entry.key)")) { $1 }
        }
    }
}
