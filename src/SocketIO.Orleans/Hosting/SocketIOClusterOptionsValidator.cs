using Microsoft.Extensions.Options;

namespace SocketIO.Orleans;

/// <summary>Refuses options that make no sense, when the host starts.</summary>
internal sealed class SocketIOClusterOptionsValidator : IValidateOptions<SocketIOClusterOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SocketIOClusterOptions options)
    {
        List<string> failures = [];
        Check(options.Partitions is >= 1 and <= 1024, nameof(options.Partitions), options.Partitions, "from 1 to 1024");
        Check(options.RequestTimeout > TimeSpan.Zero, nameof(options.RequestTimeout), options.RequestTimeout, "longer than zero");
        Check(options.CloseTimeout >= TimeSpan.Zero, nameof(options.CloseTimeout), options.CloseTimeout, "zero or longer");
        Check(options.RetryAfter > TimeSpan.Zero, nameof(options.RetryAfter), options.RetryAfter, "longer than zero");
        Check(options.ReturnTimeout >= TimeSpan.Zero, nameof(options.ReturnTimeout), options.ReturnTimeout, "zero or longer");
        Check(options.MaxPublishedPackets > 0, nameof(options.MaxPublishedPackets), options.MaxPublishedPackets, "positive");
        Check(options.MaxPublishedBytes > 0, nameof(options.MaxPublishedBytes), options.MaxPublishedBytes, "positive");
        Check(options.MaxLogPackets > 0, nameof(options.MaxLogPackets), options.MaxLogPackets, "positive");
        Check(options.MaxLogBytes > 0, nameof(options.MaxLogBytes), options.MaxLogBytes, "positive");
        Check(options.MaxGateways > 0, nameof(options.MaxGateways), options.MaxGateways, "positive");
        Check(options.MaxNamespaces > 0, nameof(options.MaxNamespaces), options.MaxNamespaces, "positive");
        Check(options.MaxRoutedRooms > 0, nameof(options.MaxRoutedRooms), options.MaxRoutedRooms, "positive");
        Check(options.MaxQueuedBytes > 0, nameof(options.MaxQueuedBytes), options.MaxQueuedBytes, "positive");
        Check(options.MaxPendingRequests > 0, nameof(options.MaxPendingRequests), options.MaxPendingRequests, "positive");
        Check(options.MaxAnswers > 0, nameof(options.MaxAnswers), options.MaxAnswers, "positive");
        Check(options.MaxAnswerBytes > 0, nameof(options.MaxAnswerBytes), options.MaxAnswerBytes, "positive");
        Check(options.MaxRelayedRequests > 0, nameof(options.MaxRelayedRequests), options.MaxRelayedRequests, "positive");
        Check(options.MaxRelayedBytes > 0, nameof(options.MaxRelayedBytes), options.MaxRelayedBytes, "positive");
        Check(options.MaxRelayedWebSockets >= 0, nameof(options.MaxRelayedWebSockets), options.MaxRelayedWebSockets, "0 or more");
        Check(options.MaxRelayedWebSocketBytes >= 1024, nameof(options.MaxRelayedWebSocketBytes), options.MaxRelayedWebSocketBytes, "1024 or more");
        Check(options.MaxRoomsPerMember > 0, nameof(options.MaxRoomsPerMember), options.MaxRoomsPerMember, "positive");
        Check(options.MaxMembersPerRoom > 0, nameof(options.MaxMembersPerRoom), options.MaxMembersPerRoom, "positive");
        Check(options.MaxRoomNameBytes > 0, nameof(options.MaxRoomNameBytes), options.MaxRoomNameBytes, "positive");
        Check(options.MemberLifetime > TimeSpan.Zero, nameof(options.MemberLifetime), options.MemberLifetime, "longer than zero");
        foreach (var (ns, handler) in options.Handlers)
        {
            var entry = $"{nameof(options.Handlers)}[\"{ns}\"].";
            Check(!string.IsNullOrWhiteSpace(handler.GrainType), entry + nameof(handler.GrainType), $"\"{handler.GrainType}\"", "the type of a grain, as its [GrainType] gives it");
            Check(Enum.IsDefined(handler.Key), entry + nameof(handler.Key), handler.Key, "Socket or Namespace");
            Check(handler.MaxQueuedBytes > 0, entry + nameof(handler.MaxQueuedBytes), handler.MaxQueuedBytes, "positive");
        }

        Check(options.MaxStreamedBytes > 0, nameof(options.MaxStreamedBytes), options.MaxStreamedBytes, "positive");
        Check(
            options.StreamProvider is not null || options.StreamedNamespaces.Count == 0,
            nameof(options.StreamedNamespaces),
            string.Join(", ", options.StreamedNamespaces),
            $"empty, or {nameof(options.StreamProvider)} set");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Check(bool isValid, string option, object value, string expected)
        {
            if (!isValid)
            {
                failures.Add(FormattableString.Invariant($"{nameof(SocketIOClusterOptions)}.{option} is {value}; it has to be {expected}."));
            }
        }
    }
}
