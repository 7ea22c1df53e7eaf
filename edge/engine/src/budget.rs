//! What is left of the vendors' limits.

use crate::access::Refusal;
use crate::access::rights::Member;
use crate::store::{budgets, connections};
use crate::sync::Engine;
use ports::Ports;
use shared::api::runs::BudgetView;
use shared::problem;
use upstream::xero::BudgetState;

impl<P: Ports> Engine<'_, P> {
    /// What is left of each API's limits, as far as their last answers tell.
    ///
    /// # Errors
    /// [`Refusal`] when the CRM is not connected, or the database fails.
    pub async fn budget(&self, user: &Member) -> Result<BudgetView, Refusal> {
        let mut answers =
            self.ports.batch(vec![connections::select(&user.org), budgets::select(&user.org)]).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let connection = connection.ok_or_else(problem::zoho_not_connected)?;
        self.desk.meet(&connection);
        let budget = &self.desk.budget;
        if budget.state() == BudgetState::default()
            && let Some(known) = next().into_iter().next().map(budgets::read).transpose()?
        {
            budget.restore(&known);
        }
        let now = self.ports.now();
        let (view, state) = (budget.view(now), budget.state());
        Ok(BudgetView {
            xero_day_limit: state.day_limit,
            xero_day_remaining: view.day_remaining,
            xero_day_reserve: connection.settings.day_reserve.0.into(),
            xero_day_limit_until: view.day_limit_until,
            xero_minute_used: u32::try_from(view.minute_used).unwrap_or(u32::MAX),
            zoho_credits_remaining: state.zoho_credits,
            as_of: state.learned_at.unwrap_or(now),
        })
    }
}
