import FunctionRuntime
import LambdaHost
import MailTypes
import Stores
import Synchronization
import Transport

/// Where functions call this system back: known once every endpoint listens.
final class FunctionEndpoint: Sendable {
    let url = Mutex<String?>(nil)
}

extension MailSystem {
    /// The host of users' functions. They reach this system at its plain HTTP endpoint on loopback.
    static func makeFunctionHost(
        _ settings: SystemSettings, keys: SessionKeys, stores: SQLiteStores, loops: EventLoopGroup,
        endpoint: FunctionEndpoint, time: any TimeSource, random: any RandomSource, log: Log
    ) throws -> LambdaHost {
        let host = HostSettings(
            directory: try absolute(settings.directory) + "/functions",
            launcher: ["/proc/self/exe", "launch-functions"], account: settings.account, region: settings.region,
            endpointURL: { endpoint.url.withLock { $0 } })
        return try LambdaHost(
            host, keys: keys, logs: stores, loops: loops, time: time, random: random, log: log)
    }

    /// Functions have a root of their own: what is mounted there is named from the machine's.
    private static func absolute(_ directory: String) throws(Refusal) -> String {
        guard let path = File.absolute(directory) else {
            throw .failed("\(directory) has no place: \(File.reason)", next: "check the path given with --data")
        }
        return path
    }
}
