package cache

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// alarmCPU begins the names of the alarms of the cache's clusters, and ends with a
// cluster's number.
const alarmCPU = "cache-cpu-"

// alarms of each cluster. Those of clusters that are no more are no longer wanted.
func (c *cache) alarms() []kit.Alarm {
	var out []kit.Alarm
	for _, member := range c.Members {
		out = append(out, c.busy(member))
	}

	for _, member := range c.alarmed() {
		if !slices.Contains(c.Members, member) {
			a := c.busy(member)
			a.Leaving = true
			out = append(out, a)
		}
	}

	return out
}

// busy is raised when a cluster's CPU is busy for ten minutes, which is no longer a peak.
// ElastiCache publishes CPUUtilization for each cluster, and not for the replication group.
func (c *cache) busy(member string) kit.Alarm {
	return kit.Alarm{
		Name:       alarmCPU + memberNumber(member),
		What:       "The CPU of the cache's cluster " + member + " is busy",
		Namespace:  "AWS/ElastiCache",
		Metric:     "CPUUtilization",
		Dimension:  "CacheClusterId",
		Of:         member,
		Statistic:  "Average",
		Comparison: "GreaterThanThreshold",
		Threshold:  *c.Parameters.Monitoring.CacheCPUPercent,
		Periods:    2,
	}
}

// members are the replication group's clusters. AWS numbers them from 001,
// but after replicas are taken away the numbers may have gaps: then AWS's list
// counts. Without it, a member that has an alarm is still a member.
func (c *cache) members() []string {
	want, has := int(*c.Parameters.Cache.NumCacheClusters), c.Observed.MemberClusters
	if len(has) == want {
		return slices.Sorted(slices.Values(has))
	}

	members := slices.Clone(has)
	for i := range want {
		members = append(members, fmt.Sprintf("%s-%03d", c.ID, i+1))
	}

	members = append(members, c.alarmed()...)
	slices.Sort(members)

	return slices.Compact(members)
}

// alarmed are the clusters that have an alarm. Another step's resource may have a key that
// begins like an alarm's: AWS's numbers are three digits.
func (c *cache) alarmed() []string {
	var members []string

	for _, key := range slices.Sorted(maps.Keys(c.Request.Observed)) {
		number, ok := strings.CutPrefix(key, kit.KeyAlarm+alarmCPU)
		if ok && len(number) == len("001") && strings.Trim(number, "0123456789") == "" {
			members = append(members, c.ID+"-"+number)
		}
	}

	return members
}

// memberNumber is the end of a cluster's name: 001 of dp-team-orders-001.
func memberNumber(member string) string {
	return member[strings.LastIndex(member, "-")+1:]
}
