/// Resources that the SAM transform makes and that templates refer to without declaring them
/// (reference/functions.md §3.2).
enum ImplicitResources {
    /// APIs that are made for functions' events, and that Globals have properties for.
    static let apis = ["ServerlessRestApi", "ServerlessHttpApi"]

    /// What a function's URL is called by, behind the function's own name.
    static let urlEnding = "Url"

    /// Heads of the resources made for these functions, by the name references use.
    static func heads(for resources: [String: ResourceHead], globals: TemplateNode?) -> [String: ResourceHead] {
        var made: [String: ResourceHead] = [:]
        for (name, head) in resources where head.type == "AWS::Serverless::Function" {
            func add(_ id: String, _ type: String) {
                // What several functions share is there as long as one of them is.
                guard resources[id] == nil, made[id] == nil || made[id]?.leftOutBy != nil else { return }
                made[id] = ResourceHead(
                    type: type, typePosition: head.typePosition,
                    properties: Globals.merge(globals, into: nil, of: type, at: head.typePosition),
                    leftOutBy: head.leftOutBy)
            }
            if head.properties?["Role"] == nil { add(name + "Role", "AWS::IAM::Role") }
            if head.properties?["AutoPublishAlias"] != nil {
                add(name + ".Alias", "AWS::Lambda::Alias")
                add(name + ".Version", "AWS::Lambda::Version")
            }
            if head.properties?["FunctionUrlConfig"] != nil { add(name + urlEnding, "AWS::Lambda::Url") }
            for event in head.properties?["Events"]?.entries ?? [] {
                guard case .scalar(let type, _)? = event.value["Type"]?.kind else { continue }
                switch type {
                case "Api" where event.value["Properties"]?["RestApiId"] == nil:
                    add("ServerlessRestApi", "AWS::Serverless::Api")
                    add("ServerlessRestApiProdStage", "AWS::ApiGateway::Stage")
                    add(name + event.key + "PermissionProd", "AWS::Lambda::Permission")
                case "HttpApi" where event.value["Properties"]?["ApiId"] == nil:
                    add("ServerlessHttpApi", "AWS::Serverless::HttpApi")
                default: add(name + event.key + "Permission", "AWS::Lambda::Permission")
                }
            }
        }
        return made
    }
}
