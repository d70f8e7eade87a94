import FunctionRuntime
import MailTypes
import Templates

/// What stands around functions: layers, permissions, aliases, versions.
extension Expansion {
    /// `AWS::Serverless::LayerVersion` and `AWS::Lambda::LayerVersion`.
    func layer(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            [
                "LayerName", "ContentUri", "Content", "Description", "CompatibleRuntimes", "CompatibleArchitectures",
                "LicenseInfo", "RetentionPolicy",
            ], ignored: ["PublishLambdaVersion"])
        if !BuildRequest.all(of: template).contains(where: { $0.logicalID == resource.logicalID }) {
            notes.problem("\(reader.owner) names no content", at: resource.position)
        }
        let arn = template.reference(of: resource)
        let version = arn.split(separator: ":").last.flatMap { Int($0) } ?? 1
        let part = LayerPart(
            name: resource.physicalName, version: version, arn: arn, code: place.builds[resource.logicalID] ?? "",
            description: reader.text("Description") ?? "", runtimes: reader.texts("CompatibleRuntimes"))
        layers[arn] = part
        add(resource, name: arn, .layer(part))
    }

    /// `AWS::Lambda::Permission`.
    func permission(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect([
            "Action", "FunctionName", "Principal", "SourceArn", "SourceAccount", "EventSourceToken", "PrincipalOrgID",
            "FunctionUrlAuthType", "InvokedViaFunctionUrl",
        ])
        let action = reader.text("Action", required: true) ?? "lambda:InvokeFunction"
        guard let target = target(reader),
            let principal = reader.text("Principal", required: true)
        else { return }
        var part = PermissionPart(
            function: target.function, qualifier: target.qualifier, statementID: resource.physicalName,
            action: action, principal: principal, sourceARN: reader.text("SourceArn"),
            sourceAccount: reader.text("SourceAccount"), eventSourceToken: reader.text("EventSourceToken"),
            organizationID: reader.text("PrincipalOrgID"))
        part.functionURLAuthType = reader.choice(
            "FunctionUrlAuthType", of: FunctionURL.AuthType.allCases.map(\.rawValue))
        part.invokedViaFunctionURL = reader.boolean("InvokedViaFunctionUrl")
        add(resource, .permission(part))
        checkKnown(target.function, at: reader.place("FunctionName"))
    }

    /// `AWS::Lambda::Alias`.
    func alias(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["FunctionName", "FunctionVersion", "Name", "Description"],
            ignored: ["RoutingConfig", "ProvisionedConcurrencyConfig"])
        guard let target = target(reader),
            let name = reader.text("Name", required: true), let version = reader.text("FunctionVersion", required: true)
        else { return }
        checkKnown(target.function, at: reader.place("FunctionName"))
        add(
            resource, name: "\(target.function):\(name)",
            .alias(AliasPart(function: target.function, alias: name, version: version)))
    }

    /// `AWS::Lambda::Version`.
    func version(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["FunctionName", "Description", "CodeSha256"], ignored: ["ProvisionedConcurrencyConfig", "RuntimePolicy"])
        guard let target = target(reader) else { return }
        checkKnown(target.function, at: reader.place("FunctionName"))
        add(
            resource, .version(VersionPart(function: target.function, description: reader.text("Description") ?? "")))
    }

    /// `AWS::Lambda::EventInvokeConfig`.
    func invokeConfig(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        guard let target = target(reader) else { return }
        checkKnown(target.function, at: reader.place("FunctionName"))
        let qualifier = reader.text("Qualifier").flatMap { $0 == "$LATEST" ? nil : $0 }
        add(resource, .invokeConfig(invokeConfig(reader, function: target.function, qualifier: qualifier)))
    }

    func invokeConfig(_ reader: PropertyReader, function: String, qualifier: String?) -> InvokeConfigPart {
        reader.expect(
            [
                "FunctionName", "Qualifier", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig",
            ])
        let destinations = reader.inner("DestinationConfig")
        destinations?.expect(["OnSuccess", "OnFailure"])
        var part = InvokeConfigPart(
            function: function, qualifier: qualifier,
            eventAgeSeconds: reader.integer("MaximumEventAgeInSeconds", in: 60...21_600),
            retryAttempts: reader.integer("MaximumRetryAttempts", in: 0...2))
        part.onSuccess = destinations?.inner("OnSuccess").flatMap(destination)
        part.onFailure = destinations?.inner("OnFailure").flatMap(destination)
        return part
    }

    /// The function that hears of an event's end; others come with what they are.
    private func destination(_ reader: PropertyReader) -> String? {
        reader.expect(["Destination", "Type"])
        let arn = reader.text("Destination") ?? ""
        guard arn.hasPrefix("arn:aws:lambda:"), let target = Self.target(arn) else {
            notes.refuse(
                "\(reader.owner): destinations other than functions come with a later release", at: reader.position)
            return nil
        }
        checkKnown(target.function, at: reader.place("Destination"))
        return arn
    }

    /// The function and qualifier of a name, `name:qualifier`, partial or full ARN (reference/functions.md §2).
    static func target(_ text: String) -> (function: String, qualifier: String?)? {
        FunctionReference(text).map { ($0.name, $0.qualifier == LambdaFunction.latest ? nil : $0.qualifier) }
    }

    /// What FunctionName names; the qualifier may be what stands for a version that is not published yet.
    private func target(_ reader: PropertyReader) -> (function: String, qualifier: String?)? {
        guard let text = reader.text("FunctionName", required: true) else { return nil }
        if let target = Self.target(text) { return target }
        let colon = text.lastIndex(of: ":")
        if let colon, placeholders.contains(String(text[text.index(after: colon)...])),
            let target = Self.target(String(text[..<colon]))
        {
            return (target.function, String(text[text.index(after: colon)...]))
        }
        notes.problem("\(text) names no function", at: reader.place("FunctionName"))
        return nil
    }

    /// Tells a function that is neither in the template nor here.
    func checkKnown(_ function: String, at position: SourcePosition) {
        let own = template.foreignResources.filter { $0.type.hasSuffix("::Function") }.map(\.physicalName)
        guard !own.contains(function), !place.functions.contains(function) else { return }
        notes.problem(
            "there is no function \(function)", at: position,
            suggestion: Suggestion.nearest(to: function, in: own + Array(place.functions)))
    }
}
