import Cryptography
import Directory
import FunctionRuntime
import MailTypes
import Stores
import Transport

extension MailSystem {
    /// What the directory's operations work with. Passwords are hashed on threads kept for that.
    /// - Parameters:
    ///   - keepsRecords: they may keep overrides, availability configurations, mailbox permissions, SMTP gateways.
    ///   - seesFunctions: they may ask for users' functions, and call them.
    func directoryServices(keepsRecords: Bool, seesFunctions: Bool) -> DirectoryServices {
        DirectoryServices(
            directory: stores, mailboxes: stores, rules: stores, records: keepsRecords ? stores : nil,
            settings: DirectoryServices.Settings(
                region: settings.region, account: settings.account, mailHost: settings.hostname,
                webHost: settings.hostname),
            functions: seesFunctions ? userFunctions : nil,
            hash: { password in
                let hash = try? await self.hashing.run { PasswordHash.hash(password.reveal()).map { Secret($0) } }
                return hash ?? nil
            }, permissions: permissions)
    }
}
