import AWSWire
import FunctionRuntime
import MailTypes

extension Parameters {
    static let reading: [Operation<Parameters>] = [
        Operation("GetParameter", [.required("Name", .text(1...2048)), .optional("WithDecryption", .boolean)]) {
            services, input, _ in
            let parameter = try await services.parameter(input.required("Name"))
            return ["Parameter": services.shown(parameter, decrypted: input.flag("WithDecryption") ?? false)]
        },
        Operation(
            "GetParameters",
            [.required("Names", .list(1...10, of: .text(1...2048))), .optional("WithDecryption", .boolean)]
        ) { services, input, _ in
            var found: [JSONValue] = []
            var invalid: [JSONValue] = []
            for name in input.texts("Names") {
                do {
                    found.append(
                        services.shown(
                            try await services.parameter(name), decrypted: input.flag("WithDecryption") ?? false))
                } catch is ServiceFailure { invalid.append(.string(name)) }
            }
            return ["Parameters": .array(found), "InvalidParameters": .array(invalid)]
        },
        Operation(
            "GetParametersByPath",
            [
                .required("Path", .text(1...2048, "has to begin with /") { $0.hasPrefix("/") }),
                .optional("Recursive", .boolean), .optional("WithDecryption", .boolean),
                .optional("MaxResults", .integer(1...10)), .optional("NextToken", .text(1...4096)),
                .optional("ParameterFilters", .list(0...0, of: .any)),
            ]
        ) { services, input, _ in
            let path = input.required("Path")
            let below = path.hasSuffix("/") ? path : path + "/"
            let all = try await services.all(below).filter { parameter in
                input.flag("Recursive") == true || !parameter.name.dropFirst(below.count).contains("/")
            }
            let page = try Page(of: all, for: input, operation: "GetParametersByPath", size: 10) { $0.name }
            return page.output("Parameters") { services.shown($0, decrypted: input.flag("WithDecryption") ?? false) }
        },
        Operation(
            "DescribeParameters",
            [
                .optional("MaxResults", .integer(1...50)), .optional("NextToken", .text(1...4096)),
                .optional("Filters", .list(0...0, of: .any)), .optional("ParameterFilters", .list(0...0, of: .any)),
            ]
        ) { services, input, _ in
            let page = try Page(
                of: try await services.all(""), for: input, operation: "DescribeParameters", size: 50
            ) { $0.name }
            return page.output("Parameters") { parameter in
                .members([
                    "Name": .string(parameter.name), "Type": .string(parameter.type),
                    "Description": parameter.description.isEmpty ? nil : .string(parameter.description),
                    "Version": .integer(Int64(parameter.version)),
                    "LastModifiedDate": .timestamp(parameter.modifiedAt), "Tier": "Standard", "DataType": "text",
                    "ARN": .string(services.arn(parameter.name)),
                ])
            }
        },
    ]

    private func all(_ prefix: String) async throws -> [StoredParameter] {
        var found: [StoredParameter] = []
        for record in try await records.records(of: .parameter, prefix: prefix) {
            found.append(try record.decoded(as: StoredParameter.self))
        }
        return found
    }
}
