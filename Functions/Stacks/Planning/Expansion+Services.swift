import FunctionRuntime
import MailTypes
import Templates

/// Secrets, parameters and log groups.
extension Expansion {
    /// `AWS::SecretsManager::Secret`.
    func secret(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["Name", "Description", "SecretString", "GenerateSecretString", "Tags"],
            ignored: ["KmsKeyId", "ReplicaRegions"])
        var generation: SecretPart.Generation?
        if let settings = reader.inner("GenerateSecretString") { generation = self.generation(settings) }
        let value = reader.text("SecretString")
        if value != nil, generation != nil {
            notes.problem(
                "\(reader.owner) has SecretString or GenerateSecretString, not both", at: reader.place("SecretString"))
        }
        add(
            resource,
            .secret(
                SecretPart(
                    name: resource.physicalName, arn: template.reference(of: resource),
                    description: reader.text("Description") ?? "", value: value, generation: generation)))
    }

    private func generation(_ reader: PropertyReader) -> SecretPart.Generation {
        reader.expect([
            "SecretStringTemplate", "GenerateStringKey", "PasswordLength", "ExcludeCharacters", "ExcludeLowercase",
            "ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase", "IncludeSpace", "RequireEachIncludedType",
        ])
        let template = reader.text("SecretStringTemplate")
        let key = reader.text("GenerateStringKey")
        if (template == nil) != (key == nil) {
            notes.problem("SecretStringTemplate and GenerateStringKey belong together", at: reader.position)
        }
        if let template, (try? JSONValue(parsing: Octets(text: template)))?.object == nil {
            notes.problem("SecretStringTemplate is a JSON object", at: reader.place("SecretStringTemplate"))
        }
        var generation = SecretPart.Generation(template: template, key: key)
        generation.length = reader.integer("PasswordLength", in: 1...4096) ?? 32
        generation.excluded = reader.text("ExcludeCharacters") ?? ""
        for kind in ["Lowercase", "Uppercase", "Numbers", "Punctuation"] where reader.boolean("Exclude\(kind)") == true
        {
            generation.excludedKinds.insert(kind)
        }
        generation.includesSpace = reader.boolean("IncludeSpace") ?? false
        generation.requiresEachType = reader.boolean("RequireEachIncludedType") ?? true
        if generation.password(SeededRandom(1)) == nil {
            notes.problem("\(reader.owner) leaves no characters to make a secret of", at: reader.position)
        }
        return generation
    }

    /// `AWS::SSM::Parameter`.
    func parameter(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["Name", "Type", "Value", "Description", "Tags"],
            ignored: ["AllowedPattern", "DataType", "Policies", "Tier"])
        guard let value = reader.text("Value", required: true) else { return }
        let type = reader.choice("Type", of: ["String", "StringList", "SecureString"]) ?? "String"
        add(
            resource,
            .parameter(
                ParameterPart(
                    name: resource.physicalName, type: type, value: value,
                    description: reader.text("Description") ?? "")))
    }

    /// `AWS::Logs::LogGroup`.
    func logGroup(_ resource: TemplateResource) {
        let reader = PropertyReader(resource, notes)
        reader.expect(
            ["LogGroupName", "RetentionInDays", "Tags"],
            ignored: ["KmsKeyId", "DataProtectionPolicy", "LogGroupClass", "FieldIndexPolicies"])
        let days = reader.integer("RetentionInDays", in: 1...3653)
        if let days, !LogGroup.retentions.contains(days) {
            notes.problem(
                "RetentionInDays of \(reader.owner) is \(days); it is one of \(LogGroup.retentions.sorted().map(String.init).joined(separator: ", "))",
                at: reader.place("RetentionInDays"))
        }
        add(resource, .logGroup(LogGroupPart(name: resource.physicalName, retentionDays: days)))
    }
}
