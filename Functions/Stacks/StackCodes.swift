import FunctionRuntime
import MailTypes
import Templates

/// The zips of one deploy, installed with the host.
struct StackCodes {
    /// By logical id.
    var builds: [String: LambdaCode] = [:]
    /// By the ARN of the layer they stand for.
    var mappedLayers: [String: LambdaCode] = [:]
    var problems: [String] = []

    /// Installed code by the digest that parts carry.
    var byDigest: [String: LambdaCode] {
        Dictionary((Array(builds.values) + Array(mappedLayers.values)).map { ($0.sha256, $0) }) { first, _ in first }
    }
}

extension Stacks {
    /// Installs what a request names, as far as it is not what the stack runs already. In a dry run nothing is
    /// installed: the digests are all that a plan needs.
    func codes(_ request: StackRequest, last: StackDeployment?) async throws -> StackCodes {
        var codes = StackCodes()
        var known: [String: LambdaCode] = [:]
        for code in (last.map { Array($0.builds.values) + Array($0.mappedLayers.values) }) ?? [] {
            known[code.sha256] = code
        }
        for (arn, digest) in request.mappedLayers.sorted(by: { $0.key < $1.key }) {
            codes.mappedLayers[arn] = try await code(digest, arn, known, request, &codes)
        }
        for (logicalID, digest) in request.builds.sorted(by: { $0.key < $1.key }) {
            codes.builds[logicalID] = try await code(digest, logicalID, known, request, &codes)
        }
        // Code that is not a file beside the template is got by the system itself.
        let pseudo = try await surroundings(of: request.stack, id: nil)
        let previous = request.keepsParameters ? last?.parameters ?? [:] : [:]
        let template = try? Template.load(
            request.template, file: request.file, parameters: request.parameters, previous: previous, pseudo: pseudo)
        for build in template.map(BuildRequest.all) ?? [] where request.builds[build.logicalID] == nil {
            let octets: Octets
            switch build.source {
            case .path(let path):
                codes.problems.append(
                    "\(request.file):\(build.position.line):\(build.position.column): \(build.logicalID): \(path) was not built"
                )
                continue
            case .inline(let text):
                octets = zip((build.runtime ?? "").hasPrefix("nodejs") ? "index.js" : "index.py", Octets(text: text))
            case .object(let bucket, let key, let version):
                guard let found = try await object(key, in: bucket, version: version) else {
                    codes.problems.append(
                        "\(request.file):\(build.position.line):\(build.position.column): \(build.logicalID): there is no s3://\(bucket)/\(key) of at most \(Self.zipLimitOctets) octets"
                    )
                    continue
                }
                octets = found
            }
            codes.builds[build.logicalID] = await install(octets, build.logicalID, request, &codes)
        }
        return codes
    }

    /// The code of a digest: what runs already, or what was uploaded.
    private func code(
        _ digest: String, _ name: String, _ known: [String: LambdaCode], _ request: StackRequest,
        _ codes: inout StackCodes
    ) async throws -> LambdaCode? {
        if let code = known[digest] { return code }
        if request.isDryRun { return LambdaCode(sha256: digest, size: 0, unpackedSize: 0) }
        let key = Self.artifactKey(digest)
        guard let octets = try await object(key, in: Self.artifacts, version: nil) else {
            codes.problems.append(
                "\(request.file): the zip of \(name) is not there any more (s3://\(Self.artifacts)/\(key)); deploy the template again"
            )
            return nil
        }
        let code = await install(octets, name, request, &codes)
        if let code, code.sha256 != digest {
            codes.problems.append(
                "\(request.file): s3://\(Self.artifacts)/\(key) holds something else; build it again")
        }
        return code
    }

    /// The octets of an object; nil for one that is not there or larger than code may be.
    private func object(_ key: String, in bucket: String, version: String?) async throws(StoreFailure) -> Octets? {
        guard try await buckets.bucket(bucket) != nil,
            let content = try await buckets.openObject(key, in: bucket, version: version),
            content.version.size <= Self.zipLimitOctets
        else { return nil }
        return try await content.read(0..<content.version.size)
    }

    private func install(_ octets: Octets, _ name: String, _ request: StackRequest, _ codes: inout StackCodes) async
        -> LambdaCode?
    {
        do throws(LambdaCodeProblem) {
            return try await hosting.install(zip: octets)
        } catch {
            codes.problems.append("\(request.file): \(name): \(error.message)")
            return nil
        }
    }

    /// The key of a zip: its digest in hexadecimal digits, since base64 has slashes.
    public static func artifactKey(_ digest: String) -> String {
        let octets = Base64.decode(Octets(text: digest)) ?? Octets(text: digest)
        let digits = Octets(text: "0123456789abcdef")
        return octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }.text + ".zip"
    }
}
