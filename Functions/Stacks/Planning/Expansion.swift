import FunctionRuntime
import MailTypes
import Templates

/// Turns a resolved template into what it stands for here, type by type, implicit resources included
/// (reference/functions.md §3.2, §3.3). Used by one plan.
final class Expansion {
    let template: Template
    /// The same template as people may see it.
    private let shown: Template?
    private let shownProperties: [String: TemplateMap]
    let place: Placement
    let notes: PlanNotes
    private(set) var resources: [StackResource] = []
    /// Notifications that functions' events ask of buckets, by the bucket's name.
    var notifications: [String: [ObjectNotification]] = [:]
    /// Routes and what belongs to them, by the API's id; integrations by their own.
    var pendingRoutes: [PendingRoute] = []
    var gatewayRoutes:
        [(api: String, key: String, integration: String, authorizer: String?, position: SourcePosition)] = []
    var integrations: [String: (function: String, format: WebAPI.PayloadFormat)] = [:]
    var authorizers: [String: [String: WebAPI.Authorizer]] = [:]
    var defaultAuthorizers: [String: String] = [:]
    var stages: [String: (name: String, variables: [String: String])] = [:]
    /// Layers of the template by ARN.
    var layers: [String: LayerPart] = [:]
    /// What stands for numbers of versions that are not published yet.
    let placeholders: Set<String>

    /// - Parameter shown: the template loaded without its secrets; nil when it makes no sense without them.
    init(_ template: Template, shown: Template?, at place: Placement) {
        (self.template, self.shown, self.place) = (template, shown, place)
        shownProperties = Dictionary((shown?.resources ?? []).map { ($0.logicalID, $0.properties) }) { first, _ in
            first
        }
        notes = PlanNotes(template, skipsUnknown: place.skipsUnknown)
        let versions = template.foreignResources.filter { $0.type == "AWS::Lambda::Version" }.map(\.physicalName)
        let implied = template.foreignResources.filter { $0.properties["AutoPublishAlias"] != nil }
            .map { template.name(of: "\($0.logicalID).Version") }
        placeholders = Set((versions + implied).map { "\($0).Version" })
    }

    /// Everything the template stands for.
    func run() {
        for function in template.functions {
            notes.problem(
                "Mailroom::Function \(function.name) belongs to the system's own stack; users' functions have a template of their own",
                at: function.position)
        }
        // Layers first: functions refer to their versions.
        let isLayer = { (resource: TemplateResource) in resource.type.hasSuffix("::LayerVersion") }
        for resource in template.foreignResources where isLayer(resource) { layer(resource) }
        for resource in template.foreignResources where !isLayer(resource) { expand(resource) }
        mergeNotifications()
        mergeRoutes()
        checkPolicies()
        checkPlaceholders()
    }

    private func expand(_ resource: TemplateResource) {
        switch resource.type {
        case "AWS::Serverless::Function", "AWS::Lambda::Function": function(resource)
        case "AWS::Lambda::Permission": permission(resource)
        case "AWS::Lambda::Alias": alias(resource)
        case "AWS::Lambda::Version": version(resource)
        case "AWS::Lambda::EventInvokeConfig": invokeConfig(resource)
        case "AWS::Lambda::Url": functionURL(resource)
        case "AWS::S3::Bucket": bucket(resource)
        case "AWS::S3::BucketPolicy": bucketPolicy(resource)
        case "AWS::IAM::Role": role(resource)
        case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy": policy(resource)
        case "AWS::SecretsManager::Secret": secret(resource)
        case "AWS::SSM::Parameter": parameter(resource)
        case "AWS::Logs::LogGroup": logGroup(resource)
        case "AWS::Events::Rule": rule(resource)
        case "AWS::Scheduler::Schedule": schedule(resource)
        case "AWS::Serverless::Api": restAPI(resource)
        case "AWS::Serverless::HttpApi": httpAPI(resource)
        case "AWS::ApiGatewayV2::Api": gatewayAPI(resource)
        case "AWS::ApiGatewayV2::Stage": gatewayStage(resource)
        case "AWS::ApiGatewayV2::Integration": gatewayIntegration(resource)
        case "AWS::ApiGatewayV2::Authorizer": gatewayAuthorizer(resource)
        case "AWS::ApiGatewayV2::Route": gatewayRoute(resource)
        // What the CDK tells AWS about itself.
        case "AWS::CDK::Metadata": break
        case let type where Self.laterTypes.contains(where: type.hasPrefix):
            notes.refuse("\(type) \(resource.logicalID) comes with a later release", at: resource.typePosition)
        case let type:
            notes.refuse(
                "\(type) \(resource.logicalID) is nothing that Mailroom runs", at: resource.typePosition)
        }
    }

    private static let laterTypes = [
        "AWS::DynamoDB::", "AWS::Serverless::SimpleTable", "AWS::StepFunctions::", "AWS::Serverless::StateMachine",
        "AWS::SNS::", "AWS::SQS::", "AWS::CloudWatch::", "AWS::ApiGateway::", "AWS::ApiGatewayV2::",
        "AWS::Lambda::EventSourceMapping",
    ]

    /// Adds what a resource stands for.
    func add(_ resource: TemplateResource, name: String? = nil, _ part: StackPart) {
        var facts: [String: String] = [:]
        for entry in shownProperties[resource.logicalID]?.entries ?? [] {
            facts[entry.key] = entry.value.text ?? entry.value.json.text
        }
        resources.append(
            StackResource(
                logicalID: resource.logicalID, type: resource.type, name: name ?? resource.physicalName, part: part,
                isRetained: resource.isRetained, facts: facts))
    }

    /// Adds a resource that the template implies.
    func add(implicit logicalID: String, _ type: String, name: String, _ part: StackPart) {
        // A template may declare what would be implied: then its own counts.
        guard !template.resources.contains(where: { $0.logicalID == logicalID }) else { return }
        resources.append(StackResource(logicalID: logicalID, type: type, name: name, part: part))
    }

    /// A line for each output that names something that was left out: an address at which nothing answers.
    var emptyOutputs: [String] {
        let there = Set(resources.map(\.logicalID))
        let absent = template.foreignResources.filter { !there.contains($0.logicalID) }.map(\.physicalName)
        return template.outputs.filter { output in
            absent.contains { output.value.text?.contains($0) ?? false }
        }.map { "output \($0.name) names what was left out" }
    }

    /// An output's value for people.
    func shown(_ output: TemplateOutput) -> String {
        guard let value = shown?.outputs.first(where: { $0.name == output.name })?.value else { return "****" }
        return value.text ?? value.json.text
    }

    /// Gives buckets of the template the notifications that events ask for.
    private func mergeNotifications() {
        for (index, resource) in resources.enumerated() {
            guard case .bucket(var bucket) = resource.part, let more = notifications.removeValue(forKey: bucket.name)
            else { continue }
            bucket.settings.notifications += more
            resources[index].part = .bucket(bucket)
        }
    }

    /// Changes the APIs among the resources.
    func changeAPIs(_ change: (inout WebAPI) -> Void) {
        for (index, resource) in resources.enumerated() {
            guard case .api(var api) = resource.part else { continue }
            change(&api)
            resources[index].part = .api(api)
        }
    }

    /// Where a version that is not published yet may be named, by type.
    private static let placesOfVersions = [
        "AWS::Lambda::Alias": ["FunctionVersion"], "AWS::Lambda::Permission": ["FunctionName"],
        "AWS::Lambda::EventInvokeConfig": ["FunctionName", "Qualifier"],
    ]

    /// Tells a version's number that would have to be known before it is published.
    private func checkPlaceholders() {
        guard !placeholders.isEmpty else { return }
        for resource in template.foreignResources {
            for entry in resource.properties.entries
            where Self.placesOfVersions[resource.type]?.contains(entry.key) != true {
                let text = entry.value.text ?? entry.value.json.text
                guard placeholders.contains(where: text.contains) else { continue }
                notes.problem(
                    "\(entry.key) of \(resource.logicalID) names a version, whose number is known only after the deploy; name an alias",
                    at: entry.value.position)
            }
        }
    }

    /// Policies count for roles of the same template: those of others are not this stack's to change.
    private func checkPolicies() {
        let roles = Set(
            resources.compactMap { resource in if case .role(let role) = resource.part { role.name } else { nil } })
        for resource in resources {
            guard case .policy(let part) = resource.part else { continue }
            for role in part.roles where !roles.contains(role) {
                let position = template.resources.first { $0.logicalID == resource.logicalID }?.position
                notes.problem(
                    "\(resource.logicalID) is for role \(role), which this template does not make",
                    at: position ?? .start, suggestion: Suggestion.nearest(to: role, in: roles))
            }
        }
    }
}
