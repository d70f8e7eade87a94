import MailTypes

extension TriggerReader {
    private static let methods = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    private static let authorizations = HTTPRouteDeclaration.Authorization.allCases.map(\.rawValue)

    /// Reads the properties of an event of type HttpApi.
    func route(_ entries: [TemplateMap.Entry], _ entry: TemplateMap.Entry) -> TriggerDeclaration.Kind? {
        for key in ["Method", "Path"] where !entries.contains(where: { $0.key == key }) {
            problems.add("event \(entry.key) needs \(key)", at: entry.keyPosition)
        }
        let schema = PropertySchema([
            "Method": .choice(Self.methods), "Path": .text, "Auth": .any, "Host": .text, "Target": .text,
            "Service": .text, "BodyMax": .octets(0...1 << 40),
        ])
        let good = PropertyChecker(problems: problems).check(
            entries, schema, of: "an event of type HttpApi", at: entry.keyPosition)
        let (fallback, byMethod) = authorization(good["Auth"])
        guard let method = good["Method"]?.text, let path = good["Path"], let text = path.text else { return nil }
        if let problem = HTTPRouteDeclaration.problem(ofPath: text) {
            problems.add("Path is \(text): \(problem)", at: path.position)
            return nil
        }
        let isSigned = fallback == .sigV4 || byMethod.values.contains(.sigV4)
        if isSigned, good["Service"] == nil {
            problems.add(
                "event \(entry.key) is signed and needs Service: the name the signature is for", at: entry.keyPosition)
        }
        if !isSigned, let service = good["Service"] {
            problems.add("Service has a meaning only with Auth: sigV4", at: service.position)
        }
        return .httpApi(
            HTTPRouteDeclaration(
                method: method, path: text, authorizationByMethod: byMethod, defaultAuthorization: fallback,
                host: good["Host"]?.text?.asciiLowercased, target: good["Target"]?.text,
                service: good["Service"]?.text, bodyMax: good["BodyMax"]?.octets))
    }

    /// `Auth: sigV4`, or `Auth: {GET: none, POST: basic}`; a method that is not named needs none.
    private func authorization(_ value: TemplateValue?)
        -> (HTTPRouteDeclaration.Authorization, [String: HTTPRouteDeclaration.Authorization])
    {
        func one(_ value: TemplateValue) -> HTTPRouteDeclaration.Authorization? {
            if let found = value.text.flatMap(HTTPRouteDeclaration.Authorization.init) { return found }
            problems.add(
                "Auth is \(value.text ?? value.kindName); it is one of \(Self.authorizations.joined(separator: ", "))",
                at: value.position, misspelt: value.text, candidates: Self.authorizations)
            return nil
        }
        guard let value else { return (.none, [:]) }
        guard let map = value.map else { return (one(value) ?? .none, [:]) }
        var byMethod: [String: HTTPRouteDeclaration.Authorization] = [:]
        var fallback = HTTPRouteDeclaration.Authorization.none
        for entry in map.entries {
            guard Self.methods.contains(entry.key) else {
                problems.add(
                    "\(entry.key) is not a method", at: entry.keyPosition, misspelt: entry.key, candidates: Self.methods
                )
                continue
            }
            let found = one(entry.value) ?? .none
            if entry.key == "ANY" { fallback = found } else { byMethod[entry.key] = found }
        }
        return (fallback, byMethod)
    }
}

extension HTTPRouteDeclaration {
    /// What is wrong with a route's path; nil when nothing is.
    public static func problem(ofPath path: String) -> String? {
        guard path.hasPrefix("/") else { return "it starts with /" }
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x3F && $0 != 0x23 }) else {
            return "it has visible ASCII only, and neither ? nor #"
        }
        var names: Set<Substring> = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, segment) in segments.enumerated() where segment.contains("{") || segment.contains("}") {
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
                return "a parameter is a whole segment: /{name}"
            }
            var name = segment.dropFirst().dropLast()
            if name.hasSuffix("+") {
                guard index == segments.count - 1 else { return "{name+} comes last" }
                name = name.dropLast()
            }
            guard !name.isEmpty,
                name.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || [0x2D, 0x2E, 0x5F].contains($0) })
            else {
                return "a parameter's name has letters, digits, -, . and _"
            }
            guard names.insert(name).inserted else { return "{\(name)} is there twice" }
        }
        return nil
    }
}
