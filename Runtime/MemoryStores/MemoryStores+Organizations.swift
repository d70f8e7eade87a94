import FunctionRuntime
import MailTypes

extension MemoryStores {
    public func createOrganization(_ organization: Organization, domains: [MailDomain]) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            let alias = organization.alias.asciiLowercased
            guard state.organizations[organization.id] == nil,
                !state.organizations.values.contains(where: { $0.alias.asciiLowercased == alias })
            else { throw .exists("organization \(organization.alias)") }
            for domain in domains where state.domains[DomainName.canonical(domain.name)] != nil {
                throw .exists("domain \(domain.name)")
            }
            state.organizations[organization.id] = organization
            for domain in domains { state.put(domain, of: organization.id) }
        }
    }

    public func setState(_ newState: String, of organization: OrganizationID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            guard state.organizations[organization] != nil else { throw .notFound("organization \(organization)") }
            state.organizations[organization]?.state = newState
        }
    }

    public func setDefaultDomain(_ domain: String, of organization: OrganizationID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            let name = DomainName.canonical(domain)
            guard state.domains[name]?.organization == organization else { throw .notFound("domain \(domain)") }
            state.organizations[organization]?.defaultDomain = name
        }
    }

    public func registerDomain(_ domain: MailDomain) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            guard state.organizations[domain.organization] != nil else {
                throw .notFound("organization \(domain.organization)")
            }
            let holder = state.domains[DomainName.canonical(domain.name)]?.organization
            guard holder == nil || holder == domain.organization else { throw .exists("domain \(domain.name)") }
            state.put(domain, of: domain.organization)
        }
    }

    public func deregisterDomain(_ name: String, of organization: OrganizationID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            let key = DomainName.canonical(name)
            guard state.domains[key]?.organization == organization else { throw .notFound("domain \(name)") }
            guard !state.addresses.keys.contains(where: { $0.canonicalDomain == key }) else {
                throw .conflict("domain \(name) is in use")
            }
            state.domains[key] = nil
        }
    }

    public func putAccessKey(_ key: AccessKey) async throws(StoreFailure) {
        try commit { state in state.accessKeys[key.id] = key }
    }

    public func deleteAccessKey(_ id: String) async throws(StoreFailure) {
        try commit { state in state.accessKeys[id] = nil }
    }
}

extension MemoryState {
    fileprivate mutating func put(_ domain: MailDomain, of organization: OrganizationID) {
        var domain = domain
        domain.name = DomainName.canonical(domain.name)
        domain.organization = organization
        domains[domain.name] = domain
    }
}
