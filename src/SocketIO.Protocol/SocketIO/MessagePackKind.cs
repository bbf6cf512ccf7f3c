namespace SocketIO.Protocol;

/// <summary>What a MessagePack value is, its many encodings aside.</summary>
internal enum MessagePackKind : byte
{
    Nil,
    Boolean,
    Integer,
    UnsignedInteger,
    Float,
    String,
    Binary,
    Array,
    Map,
    Extension,
}
