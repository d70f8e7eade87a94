import MailTypes

/// Names of attached files.
public enum AttachmentNames {
    /// Extensions of files that mail must not carry (reference/email-flow.md §11).
    public static let unsupportedExtensions: Set<String> = Set(
        """
        ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk \
        mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi \
        msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs vps \
        vsmacros vss vst vsw vxd ws wsc wsf wsh xnk
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// The extension of the file a part says it is, in lower case: encoded-words decoded, trailing dots, blanks and
    /// invisible characters left out, because desktops leave them out too (reference/faults.md F36). Nil without one.
    public static func fileExtension(of part: BodyPart) -> String? {
        guard let name = part.fileName else { return nil }
        let visible = EncodedWord.decode(name).unicodeScalars.filter { $0.value > 0x20 && !isInvisible($0) }
        var rest = visible[...]
        while let last = rest.last, last == "." || last == "\"" || last == "'" { rest.removeLast() }
        guard let dot = rest.lastIndex(of: ".") else { return nil }
        var text = ""
        text.unicodeScalars.append(contentsOf: rest[rest.index(after: dot)...])
        return text.isEmpty ? nil : text.asciiLowercased
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .format, .control, .spaceSeparator: true
        default: false
        }
    }
}
