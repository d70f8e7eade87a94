import MailTypes

/// Why a store could not do what it was asked. The state is as before the call.
public enum StoreFailure: Error, Sendable, Equatable {
    /// The thing named is not there.
    case notFound(String)
    /// The name is taken.
    case exists(String)
    /// The request contradicts what is stored, for example a folder moved below itself.
    case conflict(String)
    case overQuota
    /// A named limit was reached.
    case limit(String)
    /// No space left on the device (reference/faults.md F102). Recovers by itself.
    case diskFull
    /// The content does not match its digest or its key (F104).
    case damaged(String)
    /// The store cannot work now; the text is for the log.
    case down(String)
}

extension StoreFailure {
    /// The failure as mail speaks of it.
    public var deliveryFailure: DeliveryFailure {
        switch self {
        case .overQuota: DeliveryFailure(.mailboxFull, cause: self)
        case .notFound: DeliveryFailure(.noSuchRecipient, cause: self)
        case .diskFull: DeliveryFailure(.diskFull, cause: self)
        default: DeliveryFailure(.storeDown, cause: self)
        }
    }
}
