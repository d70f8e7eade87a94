import Cryptography
import FoundationEssentials
import FunctionRuntime
import MailTypes
import Stores

/// The access key of the data directory: what the administration verbs sign with. Made at the first start, kept in a
/// file that only its owner can read.
struct LocalCredentials: Codable {
    var accessKeyId: String
    var secretAccessKey: String

    /// The key of this directory, known to the directory store afterwards.
    static func ensure(in stores: any DirectoryAdministration, directory: String) async throws -> LocalCredentials {
        let file = "\(directory)/credentials.json"
        let credentials: LocalCredentials
        if File.exists(file),
            let kept = try? JSONDecoder().decode(LocalCredentials.self, from: Data(try File.read(file)))
        {
            credentials = kept
        } else {
            credentials = LocalCredentials(
                accessKeyId: "AKIA" + String(Hexadecimal.encode(SystemRandom.octets(8)).uppercased()),
                secretAccessKey: Base64.encode(SystemRandom.octets(30)).text)
            try File.write(Octets(try JSONEncoder.plain.encode(credentials)), to: file)
        }
        if try await stores.accessKey(credentials.accessKeyId)?.secret.reveal() != credentials.secretAccessKey {
            try await stores.putAccessKey(
                AccessKey(id: credentials.accessKeyId, secret: Secret(credentials.secretAccessKey), principal: "root"))
        }
        return credentials
    }
}
