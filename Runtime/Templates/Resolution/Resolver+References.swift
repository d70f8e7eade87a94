extension Resolver {
    /// `!Ref name`: a parameter, a resource or a pseudo parameter.
    func ref(_ call: Intrinsic) -> Resolved {
        guard case .scalar(let name, _) = call.argument.kind, call.argument.tag == nil else {
            problems.add("Ref takes a name, not \(call.argument.kindName)", at: call.position)
            return .broken
        }
        return reference(name, at: call.position)
    }

    /// `!GetAtt Resource.Attribute` or `[Resource, Attribute]`.
    func getAtt(_ call: Intrinsic) -> Resolved {
        let resource: String
        let attribute: String
        switch call.argument.kind {
        case .scalar(let text, _):
            guard let dot = text.firstIndex(of: ".") else {
                problems.add("Fn::GetAtt takes Resource.Attribute, as in Function.Arn", at: call.position)
                return .broken
            }
            resource = String(text[..<dot])
            attribute = String(text[text.index(after: dot)...])
        case .sequence:
            guard let parts = arguments(call, 2...2), case .scalar(let first, _) = parts[0].kind,
                parts[0].tag == nil, let second = text(parts[1], of: call)
            else {
                problems.add("Fn::GetAtt takes [Resource, Attribute]", at: call.position)
                return .broken
            }
            (resource, attribute) = (first, second)
        case .mapping:
            problems.add("Fn::GetAtt takes Resource.Attribute, as in Function.Arn", at: call.position)
            return .broken
        }
        return self.attribute(attribute, of: resource, at: call.position)
    }

    /// What a name stands for.
    func reference(_ name: String, at position: SourcePosition) -> Resolved {
        if name == "AWS::NoValue" { return .nothing }
        if let stored = missingParameters[name] {
            addUnlessDead(
                "parameter \(name) is the value of \(stored) in the Parameter Store, which has none of this name",
                at: position)
            return .broken
        }
        if let value = parameters[name] { return .value(TemplateValue(value.content, at: position)) }
        if let value = pseudo.value(name, at: position) { return .value(value) }
        guard let head = resources[name] else {
            let candidates = Array(parameters.keys) + Array(resources.keys) + PseudoParameters.names
            problems.add(
                "there is no parameter or resource \(name)", at: position, misspelt: name, candidates: candidates)
            return .broken
        }
        guard isThere(head, name, at: position), let text = physicalName(of: name, head, at: position) else {
            return .broken
        }
        if let qualified = qualifiedFunction(name, head, text) ?? functionOfURL(name, head) {
            return .value(TemplateValue(.string(qualified), at: position))
        }
        return .value(
            TemplateValue(.string(ResourceNames.reference(head.type, name, name: text, pseudo)), at: position))
    }

    /// An alias and a version stand for the ARN of their function with the qualifier behind it. A version's number is
    /// known only when it is published: `NAME.Version` stands for it until then, as it does for the attribute.
    private func qualifiedFunction(_ name: String, _ head: ResourceHead, _ text: String) -> String? {
        guard head.type == "AWS::Lambda::Alias" || head.type == "AWS::Lambda::Version" else { return nil }
        // A function that is named by its own alias would be looked up for ever.
        guard namesInProgress.insert(name + " qualified").inserted else { return nil }
        defer { namesInProgress.remove(name + " qualified") }
        let isAlias = head.type == "AWS::Lambda::Alias"
        // SAM's own, for a function with AutoPublishAlias: `Function.Alias` and `Function.Version`.
        if head.properties == nil {
            guard let dot = name.firstIndex(of: "."), let function = resources[String(name[..<dot])],
                let alias = function.properties?["AutoPublishAlias"].flatMap({ resolve($0).value?.text })
            else { return nil }
            let arn = attribute("Arn", of: String(name[..<dot]), at: head.typePosition).value?.text
            return arn.map { "\($0):\(isAlias ? alias : "\(text).Version")" }
        }
        guard let target = head.properties?["FunctionName"].flatMap({ resolve($0).value?.text }),
            let function = target.split(separator: ":").last
        else { return nil }
        let qualifier = isAlias ? head.properties?["Name"].flatMap { resolve($0).value?.text } : "\(text).Version"
        let arn = "arn:\(pseudo.partition):lambda:\(pseudo.region):\(pseudo.accountID):function:\(function)"
        return qualifier.map { "\(arn):\($0)" }
    }

    /// A URL stands for the ARN of the function whose it is, with the alias behind it.
    private func functionOfURL(_ name: String, _ head: ResourceHead) -> String? {
        guard head.type == "AWS::Lambda::Url", namesInProgress.insert(name + " function").inserted else { return nil }
        defer { namesInProgress.remove(name + " function") }
        // SAM's own, for a function with FunctionUrlConfig: `FunctionUrl`.
        guard let properties = head.properties else {
            let function = String(name.dropLast(ImplicitResources.urlEnding.count))
            let arn = attribute("Arn", of: function, at: head.typePosition).value?.text
            let alias = resources[function]?.properties?["AutoPublishAlias"].flatMap { resolve($0).value?.text }
            return arn.map { $0 + (alias.map { ":\($0)" } ?? "") }
        }
        guard let text = properties["TargetFunctionArn"].flatMap({ resolve($0).value?.text }) else { return nil }
        let qualifier = properties["Qualifier"].flatMap { resolve($0).value?.text }.map { ":\($0)" } ?? ""
        guard !text.hasPrefix("arn:") else { return text + qualifier }
        return "arn:\(pseudo.partition):lambda:\(pseudo.region):\(pseudo.accountID):function:\(text)\(qualifier)"
    }

    /// What an attribute of a resource is.
    func attribute(_ attribute: String, of name: String, at position: SourcePosition) -> Resolved {
        // SAM's own have a dot in their name: `!GetAtt Function.Version.Version`.
        if let dot = attribute.firstIndex(of: "."), resources["\(name).\(attribute[..<dot])"] != nil {
            return self.attribute(
                String(attribute[attribute.index(after: dot)...]), of: "\(name).\(attribute[..<dot])", at: position)
        }
        guard let head = resources[name] else {
            problems.add("there is no resource \(name)", at: position, misspelt: name, candidates: resources.keys)
            return .broken
        }
        if let known = ResourceNames.attributes(of: head.type), !known.contains(attribute) {
            problems.add(
                "\(head.type) has no attribute \(attribute); it has \(known.joined(separator: ", "))", at: position,
                misspelt: attribute, candidates: known)
            return .broken
        }
        guard isThere(head, name, at: position), let text = physicalName(of: name, head, at: position) else {
            return .broken
        }
        if attribute == "FunctionArn", let function = functionOfURL(name, head) {
            return .value(TemplateValue(.string(function), at: position))
        }
        let value = ResourceNames.attribute(attribute, of: head.type, name, name: text, pseudo)
        return .value(TemplateValue(.string(value), at: position))
    }

    private func isThere(_ head: ResourceHead, _ name: String, at position: SourcePosition) -> Bool {
        references.insert(name)
        guard let condition = head.leftOutBy else { return true }
        addUnlessDead("resource \(name) is left out, because condition \(condition) does not hold", at: position)
        return deadDepth > 0
    }

    /// The name a resource has in the system: the one its properties give, or one made for it.
    func physicalName(of name: String, _ head: ResourceHead, at position: SourcePosition) -> String? {
        if let known = names[name] { return known }
        guard let property = ResourceNames.nameProperty(of: head.type), let node = head.properties?[property] else {
            return ResourceNames.made(for: name, head.type, pseudo)
        }
        guard namesInProgress.insert(name).inserted else {
            problems.add("the name of \(name) depends on itself", at: position)
            return nil
        }
        defer { namesInProgress.remove(name) }
        let text = resolve(node).value?.text
        names[name] = .some(text)
        return text
    }
}
