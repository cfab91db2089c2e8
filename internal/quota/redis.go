package quota

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Redis is a [Store] in Redis or Valkey. It holds nothing but counters: whoever
// writes there can make calls be refused or let in, and nothing else.
type Redis struct {
	client *redis.Client
	prefix string // of the world's keys
	name   string // of this server
}

// NewRedis connects when it is first asked for something. The prefix keeps worlds
// apart that share a database.
func NewRedis(url, prefix string) (*Redis, error) {
	o, err := redis.ParseURL(url)
	if err != nil { // what is wrong with it may have the password in its text
		return nil, errors.New("the address of Redis is not redis://, rediss:// or unix:// with host, port and number of the database")
	}
	logging.Disable() // what is wrong is answered, and logged once
	o.DisableIdentity = true
	o.ContextTimeoutEnabled = true
	o.MaxRetries = -1 // who asks does it again by itself
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &Redis{client: redis.NewClient(o), prefix: prefix + ":", name: rand.Text()}, nil
}

// tell adds to the budgets of a key and answers how they stand. What was used is
// kept as spans at an instant, so that all numbers are whole in a double; a server
// whose clock is behind finds what the one before it left, and one that is five
// minutes behind begins at its own time, so that nobody is blocked for ever. Numbers are
// answered as text: Lua's own has 14 digits.
var tell = redis.NewScript(`
local h = redis.call('HMGET', KEYS[1], 'at', 'u0', 'u1', 'u2', 'by', 'left')
local now = tonumber(ARGV[1])
local at = tonumber(h[1]) or now
if ARGV[2] == '1' then h = {} at = now end
if at > now + 300000000 then at = now end
local gone = math.max(now - at, 0) * 1000
at = math.max(now, at)
local out = {}
for i = 0, 2 do
  local u = math.max((tonumber(h[2 + i]) or 0) - gone, 0) + tonumber(ARGV[3 + i])
  out[i + 1] = string.format('%.0f', math.min(math.max(u, 0), tonumber(ARGV[6 + i])))
end
local by, left = tonumber(h[5]) or 0, (tonumber(h[6]) or 0) - gone
if tonumber(ARGV[10]) > left then by, left = tonumber(ARGV[9]), tonumber(ARGV[10]) end
if left <= 0 then by, left = 0, 0 end
out[4], out[5] = string.format('%.0f', by), string.format('%.0f', left)
redis.call('HSET', KEYS[1], 'at', string.format('%.0f', at), 'u0', out[1], 'u1', out[2], 'u2', out[3], 'by', out[4], 'left', out[5])
redis.call('PEXPIRE', KEYS[1], ARGV[11])
return out`)

// meet keeps the list of servers by the time of Redis; who was not there for five
// seconds is gone.
var meet = redis.NewScript(`
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 5)
redis.call('EXPIRE', KEYS[1], 60)
return redis.call('ZCARD', KEYS[1])`)

func (r *Redis) key(k Key) string {
	return r.prefix + strconv.FormatUint(k.App, 10) + ":" + strconv.FormatUint(k.Object, 10) + ":" + strconv.FormatUint(k.Limit, 10)
}

// Tell is one round trip, or two where Redis does not know the script yet.
func (r *Redis) Tell(ctx context.Context, news []News) ([]Answer, error) {
	out, err := r.tell(ctx, news)
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		if err = tell.Load(ctx, r.client).Err(); err == nil {
			out, err = r.tell(ctx, news)
		}
	}
	return out, err
}

func (r *Redis) tell(ctx context.Context, news []News) ([]Answer, error) {
	cmds := make([]*redis.Cmd, len(news))
	_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range news {
			n := &news[i]
			args := append(make([]any, 0, 11), n.Now/1000, n.Instead)
			longest := n.Left
			for _, v := range n.Added {
				args = append(args, v)
			}
			for _, v := range n.Most {
				args = append(args, v)
				longest = max(longest, v)
			}
			args = append(args, n.Blocked, n.Left, longest/1e6+10_000)
			cmds[i] = tell.EvalSha(ctx, p, []string{r.key(n.Key)}, args...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]Answer, len(news))
	for i, c := range cmds {
		text, err := c.StringSlice()
		if err != nil || len(text) != measures+2 {
			return nil, errors.Join(errors.New("redis answers something else"), err)
		}
		var v [measures + 2]int64
		for j := range v {
			if v[j], err = strconv.ParseInt(text[j], 10, 64); err != nil {
				return nil, err
			}
		}
		out[i] = Answer{Used: [measures]int64(v[:measures]), Blocked: int8(v[measures]), Left: v[measures+1]}
	}
	return out, nil
}

// Meet is one round trip.
func (r *Redis) Meet(ctx context.Context) (int, error) {
	return meet.Run(ctx, r.client, []string{r.prefix + "servers"}, r.name).Int()
}

// Clear looks through the keys of the world.
func (r *Redis) Clear(ctx context.Context, app uint64) error {
	pattern := r.prefix + "*:*:*"
	if app != 0 {
		pattern = r.prefix + strconv.FormatUint(app, 10) + ":*:*"
	}
	it := r.client.Scan(ctx, 0, pattern, 1000).Iterator()
	for it.Next(ctx) {
		if err := r.client.Del(ctx, it.Val()).Err(); err != nil {
			return err
		}
	}
	return it.Err()
}

// Close says that this server is gone.
func (r *Redis) Close(ctx context.Context) error {
	gone := r.client.ZRem(ctx, r.prefix+"servers", r.name).Err()
	if gone != nil && strings.Contains(gone.Error(), "closed") {
		gone = nil
	}
	return errors.Join(gone, r.client.Close())
}

// Reads is how often the Redis has read from its connections since it started: what
// comes together is read at once.
func (r *Redis) Reads(ctx context.Context) (int64, error) {
	text, err := r.client.Info(ctx, "stats").Result()
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(text, "total_reads_processed:")
	if !found {
		return 0, errors.New("this Redis does not tell how often it has read")
	}
	number, _, _ := strings.Cut(rest, "\r\n")
	return strconv.ParseInt(number, 10, 64)
}
