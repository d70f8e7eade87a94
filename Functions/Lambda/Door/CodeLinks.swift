import FunctionRuntime
import MailTypes

/// Addresses that download code without a signature for ten minutes, as GetFunction hands them out. The key lives as long
/// as the process.
public struct CodeLinks: Sendable {
    /// Where they lead; the template binds `FunctionCode` to what is below.
    public static let path = "/lambda-code/"
    static let life = Duration.seconds(600)

    private let authenticate: @Sendable (Octets) -> Octets

    /// Links that this keyed digest seals.
    public init(authenticate: @escaping @Sendable (Octets) -> Octets) { self.authenticate = authenticate }

    /// The address of code on the host that the request came to.
    func address(of code: LambdaCode, for request: HTTPRequest, at now: Timestamp) -> String {
        let facts = "\((now + Self.life).milliseconds) \(code.size) \(code.unpackedSize) \(code.sha256)"
        let token = Self.coded(Octets(text: facts)) + "." + Self.coded(authenticate(Octets(text: facts)))
        return "\(request.isSecure ? "https" : "http")://\(request.headers["Host"] ?? "localhost")\(Self.path)\(token)"
    }

    /// The code that a token stands for; nil for one that is not ours or too old.
    func code(of token: String, at now: Timestamp) -> LambdaCode? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= 512, parts.count == 2, let facts = Self.decoded(parts[0]),
            let seal = Self.decoded(parts[1])
        else { return nil }
        let expected = authenticate(facts)
        // Compared in the same time wherever they differ.
        guard seal.count == expected.count, zip(seal, expected).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0 else {
            return nil
        }
        let fields = facts.text.split(separator: " ")
        guard fields.count == 4, let until = Int64(fields[0]), until > now.milliseconds, let size = Int(fields[1]),
            let unpackedSize = Int(fields[2])
        else { return nil }
        return LambdaCode(sha256: String(fields[3]), size: size, unpackedSize: unpackedSize)
    }

    /// Base64 with characters that paths take (RFC 4648 §5), unpadded.
    private static func coded(_ octets: Octets) -> String {
        String(
            decoding: Base64.encode(octets).filter { $0 != 0x3D }.map { $0 == 0x2B ? 0x2D : $0 == 0x2F ? 0x5F : $0 },
            as: UTF8.self)
    }

    private static func decoded(_ text: Substring) -> Octets? {
        let plain = text.utf8.map { $0 == 0x2D ? 0x2B : $0 == 0x5F ? 0x2F : $0 }
        return Base64.decode(plain + Octets(repeating: 0x3D, count: (4 - plain.count % 4) % 4))
    }
}
