// With a source-generated context of the application's own, which need not list what every event may hold.
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SocketIO.Server;

/// <summary>Metadata, without reflection, of the types that handlers and answers use whatever the application's resolver knows.</summary>
internal sealed class BuiltInTypes : IJsonTypeInfoResolver
{
    private readonly Dictionary<Type, Func<JsonSerializerOptions, JsonTypeInfo>> _types = [];

    public BuiltInTypes()
    {
        Add<JsonElement>(JsonMetadataServices.JsonElementConverter);
        Add<string>(JsonMetadataServices.StringConverter);
        AddWithNullable<bool>(JsonMetadataServices.BooleanConverter);
        AddWithNullable<int>(JsonMetadataServices.Int32Converter);
        AddWithNullable<long>(JsonMetadataServices.Int64Converter);
        AddWithNullable<double>(JsonMetadataServices.DoubleConverter);
        AddWithNullable<float>(JsonMetadataServices.SingleConverter);
        AddWithNullable<decimal>(JsonMetadataServices.DecimalConverter);
        AddWithNullable<Guid>(JsonMetadataServices.GuidConverter);
        AddWithNullable<DateTime>(JsonMetadataServices.DateTimeConverter);
        AddWithNullable<DateTimeOffset>(JsonMetadataServices.DateTimeOffsetConverter);
        Add<byte[]>(new ByteArrayConverter());
        AddWithNullable<ReadOnlyMemory<byte>>(new ReadOnlyMemoryConverter());
        AddWithNullable<Memory<byte>>(new MemoryConverter());
        Add<Stream>(new StreamConverter());
    }

    public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) => _types.GetValueOrDefault(type)?.Invoke(options);

    private void Add<T>(JsonConverter converter) => _types[typeof(T)] = options => JsonMetadataServices.CreateValueInfo<T>(options, converter);

    private void AddWithNullable<T>(JsonConverter converter)
        where T : struct
    {
        Add<T>(converter);
        _types[typeof(T?)] = static options => JsonMetadataServices.CreateValueInfo<T?>(options, JsonMetadataServices.GetNullableConverter<T>(options));
    }
}
