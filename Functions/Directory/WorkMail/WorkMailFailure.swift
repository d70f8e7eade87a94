import AWSWire
import FunctionRuntime
import MailTypes

/// Why an operation was refused: becomes `__type` and `Message` (reference/workmail-api.md §1.2).
typealias APIFailure = ServiceFailure

// The names of the WorkMail model. None of them declares a status.
extension ServiceFailure.Code {
    static let directoryUnavailable = Self("DirectoryUnavailableException")
    static let emailAddressInUse = Self("EmailAddressInUseException")
    static let entityAlreadyRegistered = Self("EntityAlreadyRegisteredException")
    static let entityNotFound = Self("EntityNotFoundException")
    static let entityState = Self("EntityStateException")
    static let invalidConfiguration = Self("InvalidConfigurationException")
    static let invalidPassword = Self("InvalidPasswordException")
    static let mailDomainInUse = Self("MailDomainInUseException")
    static let mailDomainNotFound = Self("MailDomainNotFoundException")
    static let mailDomainState = Self("MailDomainStateException")
    static let nameAvailability = Self("NameAvailabilityException")
    static let organizationNotFound = Self("OrganizationNotFoundException")
    static let organizationState = Self("OrganizationStateException")
    static let resourceInUse = Self("ResourceInUseException")
    static let reservedName = Self("ReservedNameException")
}

extension ServiceFailure {
    /// What a store's failure means in WorkMail when the operation has no better word for it.
    init(workMail failure: StoreFailure) {
        switch failure {
        case .notFound(let what): self.init(.entityNotFound, "\(what) is not there")
        case .exists(let what): self.init(.nameAvailability, "\(what) is taken")
        case .conflict(let what): self.init(.invalidParameter, what)
        default: self.init(failure)
        }
    }
}

extension Input {
    /// An address that the operation's table requires and has checked.
    func address(_ name: String) throws(APIFailure) -> Address {
        guard let address = Address(required(name)) else { throw .invalid("\(name) is no e-mail address") }
        return address
    }
    /// The organization's id.
    var organization: OrganizationID { OrganizationID(required("OrganizationId")) }
}
