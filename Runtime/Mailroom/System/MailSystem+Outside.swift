import FunctionRuntime
import MailTypes
import Relay
import Synchronization
import Transport

/// How mail leaves for other servers.
extension MailSystem {
    /// Hands on what users and functions send. Everything but the settings lives as long as the process.
    func relay(_ settings: OutsideSettings) -> Relay {
        let resolver = outsideResolver(settings.nameservers)
        return Relay(
            directory: stores, spool: stores, records: stores, resolver: resolver,
            transfer: SMTPTransfer(
                connector: Connector(loops: loops, resolver: resolver), time: time, log: logged,
                authorities: settings.authorities),
            gates: destinationGates, settings: settings.relay, wake: { [weak self] in self?.wakeWorkers() })
    }

    /// The DNS through these servers; the one there is, unless a deploy names others.
    private func outsideResolver(_ nameservers: [String]) -> OutsideResolver {
        outsideResolver.withLock { current in
            if let current, current.nameservers == nameservers { return current }
            let new = OutsideResolver(nameservers: nameservers, loops: loops)
            current = new
            return new
        }
    }
}
