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
    public IMembershipTable CreateView(PowerSwitch power) => new View(this, power);

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

    private MembershipTableData Read()
    {
        lock (_gate)
        {
            return new MembershipTableData([.. _rows.Values.Select(static row => Tuple.Create(Copy(row.Entry), row.ETag))], _version);
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

    /// <summary>One silo's access. Cut off, it goes on with what it has read last, and its writes reach nobody.</summary>
    private sealed class View(SharedMembership table, PowerSwitch power) : IMembershipTable
    {
        private volatile MembershipTableData _last = table.Read();

        public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

        public Task DeleteMembershipTableEntries(string clusterId) => Task.CompletedTask;

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Task.CompletedTask;

        public async Task<MembershipTableData> ReadRow(SiloAddress key)
        {
            var all = await ReadAll();
            return new MembershipTableData([.. all.Members.Where(row => row.Item1.SiloAddress.Equals(key))], all.Version);
        }

        public Task<MembershipTableData> ReadAll()
        {
            if (power.IsOn)
            {
                _last = table.Read();
            }

            return Task.FromResult(_last);
        }

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
            Task.FromResult(!power.IsOn || table.Write(entry, null, tableVersion));

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
            Task.FromResult(!power.IsOn || table.Write(entry, etag, tableVersion));

        public Task UpdateIAmAlive(MembershipEntry entry)
        {
            if (power.IsOn)
            {
                table.Beat(entry);
            }

            return Task.CompletedTask;
        }
    }
}
