import FunctionRuntime
import MailTypes
import Templates

/// URLs of functions (reference/functions.md §3.3).
extension Expansion {
    /// `AWS::Lambda::Url`. Who may call it is a permission's to say.
    func functionURL(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(["TargetFunctionArn", "Qualifier", "AuthType", "Cors", "InvokeMode"])
        guard let text = reader.text("TargetFunctionArn", required: true) else { return }
        guard let target = Self.target(text) else {
            return notes.problem("\(text) names no function", at: reader.place("TargetFunctionArn"))
        }
        checkKnown(target.function, at: reader.place("TargetFunctionArn"))
        let qualifier = reader.text("Qualifier") ?? target.qualifier
        guard let api = url(reader, resource.physicalName, of: (target.function, qualifier)) else { return }
        add(resource, .api(api))
    }

    /// `FunctionUrlConfig` of a function: a URL, and for AuthType NONE a statement that lets everybody call it.
    func functionURL(_ reader: PropertyReader, of logicalID: String, _ target: (function: String, qualifier: String?)) {
        reader.expect(["AuthType", "Cors", "InvokeMode"])
        let (type, id) = ("AWS::Lambda::Url", logicalID + "Url")
        guard let api = url(reader, template.name(of: id, type: type), of: target) else { return }
        add(implicit: id, type, name: api.id, .api(api))
        guard api.url?.authType == FunctionURL.AuthType.none else { return }
        let name = template.name(of: logicalID + "UrlPublicPermissions")
        var part = PermissionPart(
            function: target.function, qualifier: target.qualifier, statementID: name, action: WebAPI.urlAction,
            principal: "*")
        part.functionURLAuthType = FunctionURL.AuthType.none.rawValue
        add(implicit: logicalID + "UrlPublicPermissions", "AWS::Lambda::Permission", name: name, .permission(part))
    }

    private func url(_ reader: PropertyReader, _ id: String, of target: (function: String, qualifier: String?))
        -> WebAPI?
    {
        if reader.text("InvokeMode") == "RESPONSE_STREAM" {
            notes.refuse(
                "InvokeMode of \(reader.owner): answers are not streamed here, only BUFFERED",
                at: reader.place("InvokeMode"))
            return nil
        }
        _ = reader.choice("InvokeMode", of: ["BUFFERED"])
        guard reader.text("AuthType", required: true) != nil,
            let type = reader.choice("AuthType", of: FunctionURL.AuthType.allCases.map(\.rawValue))
        else { return nil }
        if let number = target.qualifier, number.utf8.allSatisfy({ $0.isASCIIDigit }) {
            notes.problem("\(reader.owner): a URL is a function's or an alias's, not a version's", at: reader.position)
            return nil
        }
        let arn = place.functionARN(target.function) + (target.qualifier.map { ":\($0)" } ?? "")
        var api = WebAPI(id: id, of: arn, FunctionURL(FunctionURL.AuthType(rawValue: type) ?? .iam))
        api.crossOrigin = crossOrigin(reader, "Cors", methods: "AllowMethods", headers: "AllowHeaders")
        return api
    }
}
