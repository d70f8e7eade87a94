import FunctionRuntime
import MailTypes
import Templates

/// Roles and policies.
extension Expansion {
    /// `AWS::IAM::Role`.
    func role(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            [
                "RoleName", "AssumeRolePolicyDocument", "Path", "Policies", "ManagedPolicyArns", "Description",
                "MaxSessionDuration", "Tags",
            ], ignored: ["PermissionsBoundary"])
        var policies: [NamedPolicy] = []
        for (index, value) in reader.list("Policies").enumerated() {
            let one = PropertyReader("policy \(index + 1) of \(resource.logicalID)", value, notes)
            one.expect(["PolicyName", "PolicyDocument"])
            guard let document = document(one, "PolicyDocument") else { continue }
            policies.append(NamedPolicy(name: one.text("PolicyName", required: true) ?? "", document: document))
        }
        let name = resource.physicalName
        add(
            resource,
            .role(
                RolePart(
                    name: name, arn: place.roleARN(name), trust: reader["AssumeRolePolicyDocument"]?.json.text,
                    managed: reader.texts("ManagedPolicyArns").map {
                        managed($0, at: reader.place("ManagedPolicyArns"))
                    },
                    policies: policies)))
    }

    /// `AWS::IAM::Policy` and `AWS::IAM::ManagedPolicy`.
    func policy(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        let isManaged = resource.type == "AWS::IAM::ManagedPolicy"
        reader.expect(
            ["PolicyName", "ManagedPolicyName", "PolicyDocument", "Roles", "Description", "Path"],
            ignored: ["Users", "Groups"])
        guard let document = document(reader, "PolicyDocument") else { return }
        add(
            resource,
            .policy(
                PolicyPart(
                    policy: NamedPolicy(name: resource.physicalName, document: document),
                    arn: isManaged ? template.reference(of: resource) : nil, roles: reader.texts("Roles"))))
    }

    /// The policies of a function without a role: managed ones by name, documents, SAM's policy templates.
    func policies(of resource: TemplateResource, _ reader: PropertyReader) -> (
        managed: [String], documents: [NamedPolicy]
    ) {
        var managed: [String] = []
        var documents: [NamedPolicy] = []
        for (index, value) in reader.list("Policies").enumerated() {
            let name = "\(resource.logicalID)RolePolicy\(index)"
            if let text = value.text {
                managed.append(self.managed(text, at: value.position))
            } else if value["Statement"] != nil {
                let holder = PropertyReader(
                    reader.owner,
                    TemplateValue(
                        .map(
                            TemplateMap([TemplateMap.Entry(key: "Policies", keyPosition: value.position, value: value)])
                        ),
                        at: value.position), notes)
                if let document = document(holder, "Policies") {
                    documents.append(NamedPolicy(name: name, document: document))
                }
            } else if let entry = value.map?.entries.first, value.map?.entries.count == 1 {
                if let document = policyTemplate(entry) {
                    documents.append(NamedPolicy(name: name, document: document))
                }
            } else {
                notes.problem(
                    "a policy of \(reader.owner) is a name, an ARN, a document with Statement, or one policy template",
                    at: value.position)
            }
        }
        return (managed, documents)
    }

    private func policyTemplate(_ entry: TemplateMap.Entry) -> String? {
        guard PolicyTemplates.names.contains(entry.key) else {
            notes.problem(
                "there is no policy template \(entry.key)", at: entry.keyPosition,
                suggestion: Suggestion.nearest(to: entry.key, in: PolicyTemplates.names))
            return nil
        }
        let reader = PropertyReader(entry.key, entry.value, notes)
        for parameter in PolicyTemplates.parameters[entry.key] ?? [] where reader.text(parameter, required: true) == nil
        {
            return nil
        }
        let values = Dictionary(
            (entry.value.map?.entries ?? []).map { ($0.key, $0.value.text ?? "") },
            uniquingKeysWith: { first, _ in first })
        guard
            let statements = PolicyTemplates.statements(
                entry.key, values, region: place.region, account: place.account)
        else {
            notes.warn(
                "policy template \(entry.key) is accepted and allows nothing here: its service is not served",
                at: entry.keyPosition)
            return nil
        }
        return statements
    }

    /// The name of AWS's own managed policies; ARNs of others stay.
    private func managed(_ text: String, at position: SourcePosition) -> String {
        guard text.hasPrefix("arn:aws:iam::aws:policy/") || !text.hasPrefix("arn:") else { return text }
        let name = text.split(separator: "/").last.map(String.init) ?? text
        if !ManagedPolicies.isKnown(name) {
            notes.warn("managed policy \(name) is not known here: it allows nothing", at: position)
        }
        return name
    }
}
