import MailPolicy
import MailTypes
import Testing

@Suite struct NameAndPasswordTests {
    @Test(arguments: ["Abcdef12", "abc-1234", "ABCDEF-1", "äbcdefg1", String(repeating: "aA1", count: 21)])
    func `passwords of the policy are taken`(_ password: String) {
        #expect(PasswordPolicy().problems(with: password) == [])
    }

    @Test(arguments: [
        "Abc-123", String(repeating: "aA1-", count: 16), "abcdefgh", "abcdefg1", "Abcdef1\u{0}", "Abcdef1€", "",
        "Abcdef1\u{85}",
    ])
    func `other passwords are refused without repeating them`(_ password: String) {
        let problems = PasswordPolicy().problems(with: password)
        #expect(!problems.isEmpty)
        #expect(password.isEmpty || problems.allSatisfy { !$0.contains(password) })
    }

    @Test func `system names are nobody's, in any case and as an address too`() {
        for name in ["amazonjournaling", "AmazonJournaling", "amazonjournaling@demo.awsapps.com", "Mailer-Daemon"] {
            #expect(NamePolicy.isReserved(name), "\(name)")
        }
        #expect(!NamePolicy.isReserved("amazonjournaling2"))
        #expect(!NamePolicy.isReserved("postmaster"))
    }

    @Test func `user, resource and group names have their forms`() {
        for name in ["ann", "ann.b_c-d", "ann@corp.example", String(repeating: "a", count: 64)] {
            #expect(NamePolicy.isUserName(name), "\(name)")
        }
        for name in ["", "ann b", "ann@", "ann@corp", "@corp.example", "änn", String(repeating: "a", count: 65), "a+b"]
        {
            #expect(!NamePolicy.isUserName(name), "\(name)")
        }
        #expect(NamePolicy.isResourceName(String(repeating: "r", count: 20)))
        #expect(!NamePolicy.isResourceName(String(repeating: "r", count: 21)))
        #expect(NamePolicy.isGroupName("Sales & Märkte"))
        #expect(!NamePolicy.isGroupName("Sales\n"))
        #expect(!NamePolicy.isGroupName("営業"))
    }

    @Test func `organization aliases and mail domains have their forms`() {
        for alias in ["demo", "demo-2", "A1"] { #expect(NamePolicy.isOrganizationAlias(alias), "\(alias)") }
        for alias in ["", "d-1234567890", "-a", "a-", "a--b", "a.b", "a_b", String(repeating: "a", count: 63)] {
            #expect(!NamePolicy.isOrganizationAlias(alias), "\(alias)")
        }
        for domain in ["example.com", "demo.mailroom.test"] { #expect(NamePolicy.isMailDomain(domain), "\(domain)") }
        for domain in ["example", "bücher.example", "a..b", "-a.example", "a_b.example", "example.com."] {
            #expect(!NamePolicy.isMailDomain(domain), "\(domain)")
        }
    }

    @Test func `an exact address is looked for before the one without tag`() {
        #expect(
            AddressOrder.candidates(for: address("ann+shop@x.example"))
                == [address("ann+shop@x.example"), address("ann@x.example")])
        #expect(AddressOrder.candidates(for: address("ann@x.example")) == [address("ann@x.example")])
        #expect(AddressOrder.candidates(for: address("+x@x.example")) == [address("+x@x.example")])
    }
}
