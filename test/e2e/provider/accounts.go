package provider

import "cmp"

// A Config says in which account of AWS things are.
type Config struct {
	Kind      string // ClusterProviderConfig or ProviderConfig.
	Namespace string // Of a ProviderConfig.
	Name      string
}

// String is the configuration as text.
func (c Config) String() string { return c.Kind + "/" + c.Namespace + "/" + c.Name }

// providerConfig of a managed resource. Each names an account of its own, unless SameAccount
// says otherwise: the configurations themselves are not looked at.
func providerConfig(m *Managed) Config {
	out := Config{}

	if ref := m.GetProviderConfigReference(); ref != nil {
		out.Kind, out.Name = ref.Kind, ref.Name
	}

	out.Kind, out.Name = cmp.Or(out.Kind, "ClusterProviderConfig"), cmp.Or(out.Name, "default")
	if out.Kind == "ProviderConfig" {
		out.Namespace = m.GetNamespace()
	}

	return out
}

// SameAccount says that a configuration names the account of another one, which names one of
// its own.
func (p *Provider) SameAccount(config, as Config) {
	p.cloud.mu.Lock()
	defer p.cloud.mu.Unlock()

	p.cloud.accounts[config] = as
}
