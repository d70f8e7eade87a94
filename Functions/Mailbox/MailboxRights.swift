import FunctionRuntime

/// The one place that says who may touch which folder.
enum MailboxRights {
    /// An account uses its own folders. Shared folders and delegates come with their own work and change this line only.
    static func mayUse(_ folder: Folder, _ entity: Entity) -> Bool { folder.account == entity.id }
}
