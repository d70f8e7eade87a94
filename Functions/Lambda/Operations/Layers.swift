import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let layerOperations: [Operation] = [
        Operation("PublishLayerVersion", "POST", "/2018-10-31/layers/{}/versions", publishLayer),
        Operation("ListLayerVersions", "GET", "/2018-10-31/layers/{}/versions", listLayerVersions),
        Operation("GetLayerVersion", "GET", "/2018-10-31/layers/{}/versions/{}", getLayer),
        Operation("DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{}/versions/{}", deleteLayer),
        Operation("ListLayers", "GET", "/2018-10-31/layers", listLayers),
    ]

    private static func publishLayer(_ call: LambdaCall) async throws -> HTTPResponse {
        try await call.takingCode { input in
            let name = try layerName(call)
            try await call.allow(on: call.registry.layerARN(of: name))
            guard let content = try input.structure("Content") else {
                throw LambdaFailure(.invalidParameter, "Content is needed.")
            }
            let layer = LayerVersion(
                name: name, number: try await call.registry.nextNumber(ofLayer: name),
                code: try await call.install(content), description: try input.text("Description", upTo: 256) ?? "",
                runtimes: try input.texts("CompatibleRuntimes", upTo: 15) ?? [],
                architectures: try input.texts("CompatibleArchitectures", upTo: 2) ?? [],
                license: try input.text("LicenseInfo", upTo: 512), createdAt: call.context.now)
            try await call.registry.apply(layer.creation)
            return LambdaCall.answer(shown(layer, withContent: true, call), status: 201)
        }
    }

    private static func listLayerVersions(_ call: LambdaCall) async throws -> HTTPResponse {
        let name = try layerName(call)
        try await call.allow(on: call.registry.layerARN(of: name))
        let page = try call.page(try await call.registry.layers(name).reversed()) { "\($0.number)" }
        return LambdaCall.members([
            "LayerVersions": .array(page.elements.map { shown($0, withContent: false, call) }),
            "NextMarker": page.next,
        ])
    }

    private static func listLayers(_ call: LambdaCall) async throws -> HTTPResponse {
        // One path, two operations: `find=LayerVersion` tells them apart.
        if call.request.queryValue("find") == "LayerVersion" { return try await layerByARN(call) }
        try await call.allow(on: "*")
        var newest: [String: LayerVersion] = [:]
        for layer in try await call.registry.layers() { newest[layer.name] = layer }
        let page = try call.page(newest.values.sorted { $0.name < $1.name }) { $0.name }
        return LambdaCall.members([
            "Layers": .array(
                page.elements.map {
                    [
                        "LayerName": .string($0.name), "LayerArn": .string(call.registry.layerARN(of: $0.name)),
                        "LatestMatchingVersion": shown($0, withContent: false, call),
                    ]
                }), "NextMarker": page.next,
        ])
    }

    private static func getLayer(_ call: LambdaCall) async throws -> HTTPResponse {
        try await layer(try layerName(call), try layerNumber(call), call)
    }

    private static func layerByARN(_ call: LambdaCall) async throws -> HTTPResponse {
        let arn = call.request.queryValue("Arn") ?? ""
        guard let reference = LayerReference(arn), let number = reference.number else {
            throw LambdaFailure.pattern("arn", arn, "arn:…:layer:[a-zA-Z0-9-_]+:[0-9]+")
        }
        return try await layer(reference.name, number, call)
    }

    private static func layer(_ name: String, _ number: Int, _ call: LambdaCall) async throws -> HTTPResponse {
        try await call.allow("GetLayerVersion", on: call.registry.layerARN(of: name, number: number))
        guard let layer = try await call.registry.layer(name, number) else {
            throw LambdaFailure(.notFound, "The resource you requested does not exist.")
        }
        return LambdaCall.answer(shown(layer, withContent: true, call))
    }

    private static func deleteLayer(_ call: LambdaCall) async throws -> HTTPResponse {
        let (name, number) = (try layerName(call), try layerNumber(call))
        try await call.allow(on: call.registry.layerARN(of: name, number: number))
        if let layer = try await call.registry.layer(name, number) { try await call.registry.apply(layer.deletion) }
        return LambdaCall.done
    }

    private static func layerName(_ call: LambdaCall) throws -> String {
        guard let reference = LayerReference(call.parameters[0]) else {
            throw LambdaFailure.pattern("layerName", call.parameters[0], "[a-zA-Z0-9-_]+")
        }
        return reference.name
    }

    private static func layerNumber(_ call: LambdaCall) throws -> Int {
        guard let number = Int(call.parameters[1]), number > 0 else {
            throw LambdaFailure(.invalidParameter, "Layer Version Cannot be less than 1.")
        }
        return number
    }

    private static func shown(_ layer: LayerVersion, withContent: Bool, _ call: LambdaCall) -> JSONValue {
        var shown = JSONObject()
        if withContent {
            shown["Content"] = [
                "Location": .string(
                    call.services.links.address(of: layer.code, for: call.request, at: call.context.steady)),
                "CodeSha256": .string(layer.code.sha256), "CodeSize": .integer(Int64(layer.code.size)),
            ]
            shown["LayerArn"] = .string(call.registry.layerARN(of: layer.name))
        }
        shown["LayerVersionArn"] = .string(call.registry.layerARN(of: layer.name, number: layer.number))
        shown["Description"] = .string(layer.description)
        shown["CreatedDate"] = .string(LambdaCall.moment(layer.createdAt))
        shown["Version"] = .integer(Int64(layer.number))
        if !layer.runtimes.isEmpty { shown["CompatibleRuntimes"] = .array(layer.runtimes.map { .string($0) }) }
        if !layer.architectures.isEmpty {
            shown["CompatibleArchitectures"] = .array(layer.architectures.map { .string($0) })
        }
        shown["LicenseInfo"] = layer.license.map { .string($0) }
        return .object(shown)
    }
}
