//! Templates of an org: written, tried, and kept from breaking mails.

use lambda_http::Request;
use serde_json::Value;

use crate::{
    api::templates::{NewTemplate, PreviewTemplate, Source, TemplateEntry, TemplatePatch, TextSource},
    audit::Change,
    campaign::Campaign,
    key::Key,
    locale::Locale,
    name::TemplateName,
    page::ActionPage,
    permission::ManageTemplates,
    problem::Problem,
    sample,
    staff::{
        Listed, OrgScope,
        listing::Order,
        scope::{CHANGED, check_version},
    },
    table::{OrgPage, Registration, from_item},
    template::{Template, Texts, is_built_in},
    violation::{Rule, Violation},
    web,
};

impl<P> OrgScope<'_, P> {
    /// The org's templates, by name and locale.
    pub async fn templates(&self, request: &Request) -> Result<Listed<TemplateEntry>, Problem> {
        let prefix = Key::all_templates(self.org.id);
        let page = self.list::<Template>(request, prefix, Order::OldestFirst).await?;
        Ok(page.map(TemplateEntry::from))
    }

    /// The template that the path names.
    ///
    /// # Errors
    /// 404 where the org has none of this name in this locale.
    pub async fn template(&self, request: &Request) -> Result<Template, Problem> {
        let name = web::segment(request, "template")?.parse().map_err(|_| Problem::not_found())?;
        let locale = web::segment(request, "locale")?.parse().map_err(|_| Problem::not_found())?;
        let key = Key::template(self.org.id, &name, &locale);
        self.staff.table.get(key).await?.ok_or_else(Problem::not_found)
    }

    /// Renders texts with sample data.
    ///
    /// # Errors
    /// 422 with every part that does not render, and where.
    pub fn preview_template(&self, body: PreviewTemplate) -> Result<Texts, Problem> {
        let texts = texts(body.subject, body.html, body.text);
        let values = self.sample(body.locale)?;
        check(&texts, &values)?;
        texts.render(&values).map_err(|error| Problem::internal(&error, false))
    }

    /// The template that the path names, rendered with sample data.
    ///
    /// # Errors
    /// 404 where there is none; 422 where a part does not render any more.
    pub(super) async fn rendered_sample(&self, request: &Request) -> Result<Texts, Problem> {
        let template = self.template(request).await?;
        let values = self.sample(Some(template.locale))?;
        check(&template.texts, &values)?;
        template.texts.render(&values).map_err(|error| Problem::internal(&error, false))
    }

    fn sample(&self, locale: Option<Locale>) -> Result<Value, Problem> {
        let broken = |rule: Rule| Problem::internal(&rule, false);
        let locale = match locale.or_else(|| self.org.locale.clone()) {
            Some(locale) => locale,
            None => "en".parse().map_err(broken)?,
        };
        sample::values(&self.org, locale, self.now()).map_err(broken)
    }
}

impl OrgScope<'_, ManageTemplates> {
    /// Makes a template.
    ///
    /// # Errors
    /// 422 where a part does not render, 409 where there is one of this name and locale.
    pub async fn create_template(&self, body: NewTemplate) -> Result<Template, Problem> {
        self.may_send_mail()?;
        let now = self.now();
        let template = Template {
            org: self.org.id,
            name: body.name,
            locale: body.locale,
            texts: texts(body.subject, body.html, body.text),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        check(&template.texts, &self.sample(Some(template.locale.clone()))?)?;
        let change = Change::of("template.create", subject(&template));
        let written = self.write(change, |transaction| transaction.create(&template)).await?;
        written.or_conflict("there is one of this name and locale")?;
        Ok(template)
    }

    /// Changes a template's texts.
    ///
    /// # Errors
    /// 422 where a part does not render.
    pub async fn update_template(
        &self,
        request: &Request,
        patch: TemplatePatch,
    ) -> Result<Template, Problem> {
        self.may_send_mail()?;
        let before = self.template(request).await?;
        check_version(request, before.version)?;
        let mut template = before.clone();
        let fields = patch.apply(&mut template.texts);
        check(&template.texts, &self.sample(Some(template.locale.clone()))?)?;
        if fields.is_empty() {
            return Ok(template);
        }
        let next = Template { version: before.version + 1, updated_at: self.now(), ..template };
        let change = Change::of("template.update", subject(&next)).fields(fields);
        let written = self.write(change, |transaction| transaction.replace(&next, before.version)).await?;
        written.or_conflict(CHANGED)?;
        Ok(next)
    }

    /// Removes a template.
    ///
    /// # Errors
    /// 409 where it is the last one of a name that mails still need. What comes to need it in the very
    /// same moment is not seen; its mails wait, and are sent once there is a template again.
    pub async fn delete_template(&self, request: &Request) -> Result<(), Problem> {
        let template = self.template(request).await?;
        check_version(request, template.version)?;
        let key = Key::template(self.org.id, &template.name, &template.locale);
        let of_name = self.staff.table.query(Key::templates(self.org.id, &template.name)).await?;
        if of_name.len() <= 1
            && !is_built_in(template.name.as_str())
            && let Some(user) = self.user_of_template(&template.name).await?
        {
            return Err(Problem::conflict(format!("it is the last one of its name, and {user} uses it")));
        }
        let change = Change::of("template.delete", subject(&template));
        let written = self.write(change, |transaction| transaction.delete(key, template.version)).await?;
        written.or_conflict(CHANGED)
    }

    /// Something whose mails need a template of this name: the org, one of its pages, or a campaign that
    /// it leads or has a page in.
    async fn user_of_template(&self, name: &TemplateName) -> Result<Option<String>, Problem> {
        if self.org.supporter_confirm_template.as_ref() == Some(name) {
            return Ok(Some("the org".to_owned()));
        }
        let items = self.staff.table.query(Key::org_pages(self.org.id)).await?;
        let pages = items.into_iter().map(from_item::<OrgPage>).collect::<Result<Vec<_>, _>>()?;
        let own: Vec<ActionPage> =
            self.staff.table.get_all(pages.iter().map(OrgPage::page_key).collect()).await?;
        let uses = |page: &&ActionPage| {
            [&page.thank_you_template, &page.supporter_confirm_template, &page.duplicate_template]
                .contains(&&Some(name.clone()))
        };
        if let Some(page) = own.iter().find(uses) {
            return Ok(Some(format!("the page {}", page.name)));
        }
        let mut campaigns: Vec<_> = pages.iter().map(|page| page.campaign).collect();
        for item in self.staff.table.query(Key::org_campaigns(self.org.id)).await? {
            campaigns.extend(from_item::<Registration>(item)?.id::<Campaign>());
        }
        let campaigns: Vec<Campaign> =
            self.staff.table.get_all(campaigns.into_iter().map(Key::campaign).collect()).await?;
        let campaign = campaigns.iter().find(|c| c.supporter_confirm_template.as_ref() == Some(name));
        Ok(campaign.map(|campaign| format!("the campaign {}", campaign.name)))
    }

    /// Refuses templates to an org whose mails could never be sent.
    fn may_send_mail(&self) -> Result<(), Problem> {
        if self.org.strict_privacy {
            let detail =
                "the org keeps no address in clear (strict privacy), so no mail could use a template";
            return Err(Problem::conflict(detail));
        }
        Ok(())
    }
}

/// The parts of a template; one without a text part has an empty one.
fn texts(subject: Source, html: Source, text: Option<TextSource>) -> Texts {
    let text = text.map(Into::into).unwrap_or_default();
    Texts { subject: subject.into(), html: html.into(), text }
}

/// Refuses texts that do not render with these values; all parts that are wrong are named.
fn check(texts: &Texts, values: &Value) -> Result<(), Problem> {
    let faults: Vec<_> = texts
        .faults(values)
        .iter()
        .map(|fault| Violation::new(format!("/{}", fault.part()), fault.explain()))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

fn subject(template: &Template) -> String {
    format!("{}/{}", template.name, template.locale)
}
