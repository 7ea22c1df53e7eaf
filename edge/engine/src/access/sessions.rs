//! The sessions of an organisation: who is signed in where, and ending them.

use super::Refusal;
use super::rights::{Administrator, Member};
use crate::store::{audit, sessions};
use crate::sync::Engine;
use ports::Ports;
use shared::api::SessionsView;
use shared::id::ZohoId;
use shared::problem;

impl<P: Ports> Engine<'_, P> {
    /// Who is signed in where: everybody for administrators, the own sessions for others.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn sessions(&self, member: &Member) -> Result<SessionsView, Refusal> {
        let viewer = member.viewer();
        let rows = self.ports.query(sessions::select(&member.org, viewer.only(), self.ports.now())).await?;
        Ok(SessionsView { sessions: sessions::read(rows, member.session())? })
    }

    /// Ends one session: anybody's for administrators, an own one for others. One that has ended is no error.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn end_session(&self, member: &Member, id: &str) -> Result<(), Refusal> {
        let viewer = member.viewer();
        let end = sessions::end_listed(&member.org, id, viewer.only());
        let mut statements = vec![end];
        if member.administers() {
            let by = (&member.id, member.name.as_str());
            let note = audit::note_ended_session(self.ports, &member.org, by, id, self.ports.now());
            statements.insert(0, note);
        }
        self.ports.batch(statements).await?;
        Ok(())
    }

    /// Ends all sessions of a user, or with none given of everybody (administrators), the own one too.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn end_sessions(&self, administrator: &Administrator, user: Option<&ZohoId>) -> Result<(), Refusal> {
        let org = &administrator.org;
        let (end, action, whose) = match user {
            Some(user) => {
                let known = sessions::user(self.ports, org, user).await?;
                let name = known.map_or_else(|| user.to_string(), |known| known.name);
                (sessions::end_of(org, user), audit::Action::EndSessions, name)
            }
            None => (sessions::end_all(org), audit::Action::EndAllSessions, String::new()),
        };
        let note = audit::note(self.ports, org, &administrator.name, action, &whose, self.ports.now());
        self.ports.batch(vec![end, note]).await?;
        Ok(())
    }

    /// Ends all of somebody's own sessions.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails; `NotAdministrator` for another user's, unless the member is one.
    pub async fn end_sessions_of(&self, member: &Member, user: Option<&ZohoId>) -> Result<(), Refusal> {
        match user {
            Some(user) if *user == member.id => {
                self.ports.query(sessions::end_of(&member.org, user)).await?;
                Ok(())
            }
            user => self.end_sessions(&member.administrator()?, user).await,
        }
    }

    /// Whether a session still lives: a stream asks.
    ///
    /// # Errors
    /// [`Refusal`] with `SessionExpired` when not.
    pub async fn still_signed_in(&self, member: &Member) -> Result<(), Refusal> {
        let lives = match member.session() {
            Some(session) => sessions::lives(self.ports, session, self.ports.now()).await?,
            None => false,
        };
        if lives { Ok(()) } else { Err(Refusal::from(problem::session_expired())) }
    }
}
