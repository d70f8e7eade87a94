import AWSWire
import FunctionRuntime
import MailTypes

extension Parameters {
    /// Characters of a value, as of the advanced tier.
    private static let valueMax = 8192

    private static let newName = Shape.text(1...1011, "may hold letters, digits and _.-/ only") { text in
        text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "_.-/".utf8.contains($0) }
    }

    static let writing: [Operation<Parameters>] = [
        Operation(
            "PutParameter",
            [
                .required("Name", newName), .required("Value", .text(1...valueMax)),
                .optional("Type", .oneOf("String", "StringList", "SecureString")), .optional("Overwrite", .boolean),
                .optional("Description", .text(0...1024)), .optional("DataType", .oneOf("text")),
                .optional("AllowedPattern", .text(0...0)), .optional("Policies", .text(0...0)),
            ]
        ) { services, input, context in
            let name = input.required("Name")
            let former = try await services.records.value(StoredParameter.key(name), as: StoredParameter.self)
            guard former == nil || input.flag("Overwrite") == true else {
                throw ServiceFailure(
                    ServiceFailure.Code("ParameterAlreadyExists"),
                    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
                )
            }
            guard let type = input.text("Type") ?? former?.value.type else {
                throw ServiceFailure(.validation, "A parameter type is required when you create a parameter.")
            }
            let parameter = StoredParameter(
                name: name, type: type, value: input.required("Value"),
                description: input.text("Description") ?? former?.value.description ?? "",
                version: (former?.value.version ?? 0) + 1, modifiedAt: context.now)
            try await services.records.apply([try parameter.change(expecting: former?.revision ?? 0)])
            return ["Version": .integer(Int64(parameter.version)), "Tier": "Standard"]
        },
        Operation("DeleteParameter", [.required("Name", .text(1...2048))]) { services, input, _ in
            let parameter = try await services.parameter(input.required("Name"))
            try await services.records.apply([.delete(StoredParameter.key(parameter.name))])
            return JSONObject()
        },
        Operation("DeleteParameters", [.required("Names", .list(1...10, of: .text(1...2048)))]) { services, input, _ in
            var deleted: [JSONValue] = []
            var invalid: [JSONValue] = []
            var changes: [RecordChange] = []
            for name in input.texts("Names") {
                do {
                    changes.append(.delete(StoredParameter.key(try await services.parameter(name).name)))
                    deleted.append(.string(name))
                } catch is ServiceFailure { invalid.append(.string(name)) }
            }
            try await services.records.apply(changes)
            return ["DeletedParameters": .array(deleted), "InvalidParameters": .array(invalid)]
        },
    ]
}
