import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let codeOperations: [Operation] = [
        Operation("UpdateFunctionCode", "PUT", "/2015-03-31/functions/{}/code", updateCode)
    ]

    private static func updateCode(_ call: LambdaCall) async throws -> HTTPResponse {
        try await call.takingCode { input in
            let (old, reference) = try await call.function()
            guard reference.qualifier == nil || reference.qualifier == LambdaFunction.latest else {
                throw LambdaFailure(.invalidParameter, "Only $LATEST can be changed; versions stay as they are.")
            }
            try call.check(try input.text("RevisionId"), against: old.record.latest.revisionID)
            try LambdaCode.refuseImages(input, input)
            let code = try await call.install(input)
            let architectures = try input.texts("Architectures", upTo: 1)
            // Read again: installing takes its time, and other changes must not be undone.
            guard var entry = try await call.registry.entry(old.name) else {
                throw LambdaFailure.functionNotFound(call.registry.arn(of: old.name))
            }
            entry.update(at: call.context.now, random: call.context.random) { function in
                function.code = code
                if let architectures, !architectures.isEmpty { function.architectures = architectures }
            }
            var shown = entry.record.latest
            if try input.flag("DryRun") == true {
                return LambdaCall.answer(call.configuration(of: shown, in: entry.record, qualifier: nil))
            }
            if try input.flag("Publish") == true {
                shown = entry.publish(description: nil, at: call.context.now, random: call.context.random)
            }
            try await call.commit(entry)
            return LambdaCall.answer(
                call.configuration(
                    of: shown, in: entry.record,
                    qualifier: shown.version == LambdaFunction.latest ? nil : shown.version))
        }
    }
}

extension LambdaCode {
    /// Octets of a zip that is uploaded in a request or read from a bucket.
    static let zipOctets = 52_428_800

    /// Containers do not run here.
    static func refuseImages(_ input: LambdaInput, _ code: LambdaInput) throws {
        if try input.word("PackageType", ["Zip", "Image"]) == "Image" || code["ImageUri"] != nil
            || input["ImageConfig"] != nil
        {
            throw LambdaFailure(
                .invalidParameter,
                "Functions run from zip files here, not from container images: give ZipFile, or S3Bucket and S3Key.")
        }
    }
}

extension LambdaCall {
    /// Code that a request brings, or names a bucket's object for, checked and kept by the host.
    func install(_ code: LambdaInput) async throws -> LambdaCode {
        let zip = try await zip(code)
        guard zip.count <= LambdaCode.zipOctets else {
            throw LambdaFailure(
                .entityTooLarge, "Zipped size must be smaller than \(LambdaCode.zipOctets) bytes")
        }
        do throws(LambdaCodeProblem) {
            return try await services.host.install(zip: zip)
        } catch {
            throw LambdaFailure(LambdaFailure.Code(rawValue: error.code) ?? .invalidParameter, error.message)
        }
    }

    private func zip(_ code: LambdaInput) async throws -> Octets {
        if let encoded = try code.text("ZipFile") {
            guard code["S3Bucket"] == nil, code["S3Key"] == nil else {
                throw LambdaFailure(
                    .invalidParameter, "Please do not provide other FunctionCode parameters when providing a ZipFile.")
            }
            guard let zip = Base64.decode(encoded.utf8) else {
                throw LambdaFailure(.serialization, "ZipFile is not base64")
            }
            guard !zip.isEmpty else { throw LambdaFailure(.invalidParameter, "Uploaded file must be a non-empty zip") }
            return zip
        }
        guard let bucket = try code.text("S3Bucket"), let key = try code.text("S3Key") else {
            throw LambdaFailure(.invalidParameter, "Please provide a source for function code.")
        }
        return try await object(bucket, key, version: try code.text("S3ObjectVersion"))
    }

    /// An object that the caller may read itself.
    private func object(_ bucket: String, _ key: String, version: String?) async throws -> Octets {
        try await allow("GetObject", of: "s3", on: "arn:aws:s3:::\(bucket)/\(key)")
        guard let store = services.objects, try await store.bucket(bucket) != nil else {
            throw Self.unread("NoSuchBucket", "The specified bucket does not exist.")
        }
        guard let content = try await store.openObject(key, in: bucket, version: version) else {
            throw Self.unread("NoSuchKey", "The specified key does not exist.")
        }
        guard content.version.size <= LambdaCode.zipOctets else {
            throw LambdaFailure(
                .entityTooLarge, "Zipped size must be smaller than \(LambdaCode.zipOctets) bytes")
        }
        return try await HTTPBody.stream(
            ObjectStream(content, range: 0..<content.version.size), length: content.version.size
        ).collect(upTo: LambdaCode.zipOctets)
    }

    private static func unread(_ code: String, _ sentence: String) -> LambdaFailure {
        LambdaFailure(
            .invalidParameter,
            "Error occurred while GetObject. S3 Error Code: \(code). S3 Error Message: \(sentence)")
    }
}
