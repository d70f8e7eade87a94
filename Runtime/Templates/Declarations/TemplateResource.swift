/// A resource of a template, its properties resolved. Resources whose condition does not hold are not there.
public struct TemplateResource: Sendable, Hashable {
    /// The name it has in the template.
    public let logicalID: String
    /// `Mailroom::Function`, `AWS::S3::Bucket` and so on.
    public let type: String
    public let typePosition: SourcePosition
    /// The name it has in the system, as `Ref` gives it for most types.
    public let physicalName: String
    /// With Globals merged in.
    public let properties: TemplateMap
    /// Resources that have to be there first: those it names in DependsOn and those it refers to, sorted.
    public let dependsOn: [String]
    /// True when it is kept at the end of its stack (`DeletionPolicy: Retain`).
    public let isRetained: Bool
    /// The resource's Metadata, as for a layer's BuildMethod.
    public let metadata: TemplateValue?
    public let position: SourcePosition
}

/// An output of a template.
public struct TemplateOutput: Sendable, Hashable {
    public let name: String
    public let value: TemplateValue
    public let description: String?
    /// The name other stacks import it by.
    public let exportName: String?
}
