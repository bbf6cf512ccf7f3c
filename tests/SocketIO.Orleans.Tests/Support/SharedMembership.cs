using System.Globalization;
using Orleans;
using Orleans.Runtime;

namespace SocketIO.Orleans.Tests;

/// <summary>The membership table of the silos of one test, as a database would hold it.</summary>
internal sealed class SharedMembership
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SiloAddress, (MembershipEntry Entry, string ETag)> _rows = [];
    private TableVersion _version = new(0, "0");
    private long _changes;

    /// <summary>The table as one silo sees it.</summary>
    public View CreateView() => new(this);

    private static MembershipEntry Copy(MembershipEntry entry) => new()
    {
        SiloAddress = entry.SiloAddress,
        Status = entry.Status,
        SuspectTimes = [.. entry.SuspectTimes ?? []],
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        StartTime = entry.StartTime,
        IAmAliveTime = entry.IAmAliveTime,
    };

    private MembershipTableData Read(Func<SiloAddress, bool> which)
    {
        lock (_gate)
        {
            return new MembershipTableData([.. _rows.Where(row => which(row.Key)).Select(row => Tuple.Create(Copy(row.Value.Entry), row.Value.ETag))], _version);
        }
    }

    private bool Write(MembershipEntry entry, string? etag, TableVersion version)
    {
        lock (_gate)
        {
            if (version.VersionEtag != _version.VersionEtag || (_rows.TryGetValue(entry.SiloAddress, out var row) ? row.ETag : null) != etag)
            {
                return false;
            }

            _changes++;
            var change = _changes.ToString(CultureInfo.InvariantCulture);
            _rows[entry.SiloAddress] = (Copy(entry), change);
            _version = new TableVersion(version.Version, change);
            return true;
        }
    }

    private void Beat(MembershipEntry entry)
    {
        lock (_gate)
        {
            if (_rows.TryGetValue(entry.SiloAddress, out var row))
            {
                row.Entry.IAmAliveTime = entry.IAmAliveTime;
            }
        }
    }

    /// <summary>One silo's access. A silo that has crashed writes nothing any more, its own farewell included.</summary>
    internal sealed class View(SharedMembership table) : IMembershipTable
    {
        private volatile bool _hasCrashed;

        public void Crash() => _hasCrashed = true;

        public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

        public Task DeleteMembershipTableEntries(string clusterId) => Task.CompletedTask;

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Task.CompletedTask;

        public Task<MembershipTableData> ReadRow(SiloAddress key) => Task.FromResult(table.Read(key.Equals));

        public Task<MembershipTableData> ReadAll() => Task.FromResult(table.Read(static _ => true));

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
            Task.FromResult(_hasCrashed || table.Write(entry, null, tableVersion));

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
            Task.FromResult(_hasCrashed || table.Write(entry, etag, tableVersion));

        public Task UpdateIAmAlive(MembershipEntry entry)
        {
            if (!_hasCrashed)
            {
                table.Beat(entry);
            }

            return Task.CompletedTask;
        }
    }
}
